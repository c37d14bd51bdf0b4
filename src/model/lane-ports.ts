// The arrays of a lane, as the graph names them, and how large they are: what is asked about logits and what
// is answered, which is the same whatever the tokens come in.

const elementBytes = { float32: 4, int32: 4, int64: 8 } as const;

export interface LanePort {
  readonly name: string;
  readonly type: keyof typeof elementBytes;
  readonly shape: readonly number[];
}

/** What of a run's shape the answers have. */
export interface AskedShape {
  readonly rows: number;
  readonly normalizers: number;
}

export function questionPorts({ rows, normalizers }: AskedShape): readonly LanePort[] {
  return [
    { name: 'logits_rows', type: 'int64', shape: [rows] },
    { name: 'target_ids', type: 'int64', shape: [rows] },
    { name: 'normalizer_rows', type: 'int64', shape: [normalizers] },
    { name: 'inverse_temperature', type: 'float32', shape: [normalizers] },
  ];
}

/** All outputs but the logits and the cache. */
export function answerPorts(
  { rows, normalizers }: AskedShape,
  candidateCount: number,
): readonly LanePort[] {
  return [
    { name: 'log_normalizer', type: 'float32', shape: [normalizers] },
    { name: 'target_scores', type: 'float32', shape: [rows] },
    { name: 'top_scores', type: 'float32', shape: [rows, candidateCount] },
    { name: 'top_ids', type: 'int64', shape: [rows, candidateCount] },
  ];
}

export function portBytes({ type, shape }: LanePort): number {
  return shape.reduce((product, size) => product * size, elementBytes[type]);
}
