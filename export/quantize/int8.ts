// Weights as whole numbers from -127 to 127, with one scale for each output: the largest magnitude
// that feeds an output becomes 127, and zero stays zero.
//
//   weight[i, o]  ≈  quantized[i, o] · scale[o]

/** What a matrix's outputs are: its columns (x · W) or its rows (x · Wᵀ). */
export type Outputs = 'columns' | 'rows';

const largest = 127;

/** One scale for each output of a matrix [rows, columns]; 0 where all its weights are. */
export function scalesOf(
  weights: Float32Array, // [rows, columns]
  columns: number,
  outputs: Outputs,
): Float32Array<ArrayBuffer> {
  const rows = weights.length / columns;
  const scales = new Float32Array(outputs === 'columns' ? columns : rows); // [outputs]
  for (let row = 0, index = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, index++) {
      const output = outputs === 'columns' ? column : row;
      const magnitude = Math.abs(weights[index]!);
      if (magnitude > scales[output]!) scales[output] = magnitude;
    }
  }
  for (let output = 0; output < scales.length; output++) scales[output]! /= largest;
  return scales;
}

/** A matrix in units of its scales, rounded. */
export function quantized(
  weights: Float32Array, // [rows, columns]
  columns: number,
  outputs: Outputs,
): Int8Array<ArrayBuffer> {
  const perUnit = scalesOf(weights, columns, outputs).map((scale) => (scale === 0 ? 0 : 1 / scale));
  const rows = weights.length / columns;
  const result = new Int8Array(weights.length); // [rows, columns]
  for (let row = 0, index = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, index++) {
      const output = outputs === 'columns' ? column : row;
      const units = Math.round(weights[index]! * perUnit[output]!);
      result[index] = Math.max(-largest, Math.min(largest, units));
    }
  }
  return result;
}
