// Where the rows of a scored chunk stand among the rows of its run. ONNX Runtime adds up a row as its
// address happens to be aligned, and takes logarithms four at a time and what is left over one by
// one: the last bit of a normalizer depends on where a row stands. So that a position's score has the
// same bits however its prompt is cut, it always stands at the same place modulo 16, in a run that is
// a multiple of 16 long; rows that nobody reads fill what this leaves open.

const alignment = 16;

export interface ScorePlace {
  /** Rows before the first that is read. */
  readonly fillerCount: number;
  readonly rowCount: number;
}

/** For `count` rows, the first of them about position `start`; one alone is not scored, but drawn from. */
export function placeOfScores(start: number, count: number): ScorePlace {
  if (count === 1) return { fillerCount: 0, rowCount: 1 };
  const fillerCount = start % alignment;
  return { fillerCount, rowCount: roundUp(fillerCount + count) };
}

export function mostScoreRows(longestChunk: number): number {
  return roundUp(longestChunk + alignment - 1);
}

function roundUp(count: number): number {
  return Math.ceil(count / alignment) * alignment;
}
