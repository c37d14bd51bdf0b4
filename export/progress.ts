// How far a long job is, for whoever shows it.

export interface Progress {
  readonly stage: 'write' | 'verify';
  /** Bytes when writing, steps when verifying. */
  readonly done: number;
  readonly total: number;
}

export type OnProgress = (progress: Progress) => void;
