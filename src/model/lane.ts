// One way of running the graph over and over: inputs that are filled in place, and outputs that are read
// where they come to lie. Decode, prefill and the verification of drafts have a lane each, since their
// shapes differ and they take turns. Where the numbers are in between is each kind of lane's own affair.

import type { Int64Vector } from './int64-vector.ts';

/** The plain one for log-probabilities, and the tempered one for a draw. */
export const normalizersPerRow = 2;

export type LaneKind = 'decode' | 'prefill' | 'verify';

export interface LaneLimits {
  /** Sequences times tokens of one run. */
  readonly tokens: number;
  readonly sequences: number;
  /** Rows of logits. */
  readonly rows: number;
}

export interface LaneShape {
  readonly firstRow: number;
  readonly sequences: number;
  readonly tokens: number;
  readonly rows: number;
  readonly normalizers: number;
}

export const unbound: LaneShape = {
  firstRow: -1,
  sequences: 0,
  tokens: 0,
  rows: 0,
  normalizers: 0,
};

export function isShape(
  shape: LaneShape,
  firstRow: number,
  sequences: number,
  tokens: number,
  rows: number,
  normalizers: number,
): boolean {
  return (
    shape.firstRow === firstRow &&
    shape.sequences === sequences &&
    shape.tokens === tokens &&
    shape.rows === rows &&
    shape.normalizers === normalizers
  );
}

/** What is asked about tokens of a run, and what comes of it, however the tokens get there. */
export interface ScoreLane {
  readonly logitsRows: Int64Vector; // [rows]
  readonly targetIds: Int64Vector; // [rows]
  readonly normalizerRows: Int64Vector; // [normalizers]
  readonly inverseTemperature: Float32Array; // [normalizers]
  /** Outputs are valid until the next run. */
  readonly logNormalizer: Float32Array; // [normalizers]
  readonly targetScores: Float32Array; // [rows]
  readonly topScores: Float32Array; // [rows, candidates]
  readonly topIds: Int64Vector; // [rows, candidates]

  /**
   * Has the rows in places `first` to `end` of an ascending list ready for `logitsRow`, as many as there is
   * room for and at least one; says at which place it stopped. Saves time where logits lie far away.
   */
  fetchRows(rows: Int32Array, first: number, end: number): number;

  /** One row of the last run's logits; valid until the next run, the next fetch or the next row. */
  logitsRow(row: number): Float32Array; // [vocabulary]

  dispose(): void;
}

/** Inputs hold as much as the limits allow; of outputs, what the last run was asked for counts. */
export interface Lane extends ScoreLane {
  readonly inputIds: Int64Vector; // [sequences, tokens]
  readonly positionIds: Int64Vector; // [sequences, tokens]
  readonly seqlensK: Int32Array; // [sequences]
  readonly totalSequenceLength: Int32Array; // [1]

  /** Runs over what the inputs hold. Throws ONNX Runtime's error, or CUDA's. */
  run(firstRow: number, sequences: number, tokens: number, rows: number, normalizers: number): void;
}
