// How far a long job is, for whoever shows it.

export interface Progress {
  readonly stage: 'calibrate' | 'write' | 'verify';
  /** Bytes when writing, steps when verifying; calibrating is half writing, half reading text. */
  readonly done: number;
  readonly total: number;
}

export type OnProgress = (progress: Progress) => void;
