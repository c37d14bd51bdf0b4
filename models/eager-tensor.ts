// A plain array with a shape: what eager.ts computes on. Parameters arrive as stored (Float32Array),
// results are Float64Array, ids are Int32Array.

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

export function zeros(...shape: number[]): Tensor & { readonly data: Float64Array } {
  return { shape, data: new Float64Array(shape.reduce((product, size) => product * size, 1)) };
}

export function idTensor(ids: readonly number[]): Tensor {
  return { shape: [ids.length], data: Int32Array.from(ids) };
}

export function vector(values: readonly number[]): Tensor {
  return { shape: [values.length], data: Float64Array.from(values) };
}

/** The sizes of a matrix: [rows, columns]. */
export function matrix(x: Tensor): readonly [rows: number, columns: number] {
  const [rows, columns] = x.shape;
  if (rows === undefined || columns === undefined || x.shape.length !== 2) {
    throw new Error(`a matrix is needed, not [${x.shape.join(', ')}]`);
  }
  return [rows, columns];
}

/** One row of a matrix, as a view. */
export function row(x: Tensor, index: number): Tensor['data'] {
  const [rows, columns] = matrix(x);
  if (index < 0 || index >= rows) throw new Error(`row ${index} of ${rows}`);
  return x.data.subarray(index * columns, (index + 1) * columns);
}

/** [rows, columns] -> [columns, rows] */
export function transposed(x: Tensor): Tensor {
  const [rows, columns] = matrix(x);
  const data = new Float32Array(rows * columns);
  for (let at = 0; at < rows; at++) {
    const from = row(x, at); // [columns]
    for (let column = 0; column < columns; column++) data[column * rows + at] = from[column]!;
  }
  return { shape: [columns, rows], data };
}
