// Reads a view of a storage as a row-major tensor, a piece of the storage at a time: beside the tensor
// itself, what it takes stays small.
//
//   shape [2, 3], strides [1, 2]: a transposed matrix      storage  0 1 2 3 4 5
//                                                          tensor   0 2 4 / 1 3 5

import { elementCount } from '../../../models/gpt2/weights.ts';
import { bytesEach, isNumberFormat, numberFormats, readNumbers } from '../number-formats.ts';
import type { SourceFile } from '../source-file.ts';
import type { StoredView } from './pickle-values.ts';

/** Numbers of a storage in memory at a time. */
const pieceNumbers = 2 ** 18;

/** `name` is the tensor's, for messages; the storage begins at `position` in the file. */
export function readView(
  file: SourceFile,
  position: number,
  view: StoredView,
  name: string,
): Float32Array<ArrayBuffer> {
  const { storage, offset, shape } = view;
  const { elementType } = storage;
  if (!isNumberFormat(elementType)) {
    const supported = numberFormats.join(', ');
    throw file.broken(`${name} is stored as ${elementType}; supported: ${supported}`);
  }
  const axes = axesOf(view);
  if (!isInjective(axes)) throw file.broken(`${name} uses numbers of its storage more than once`);
  const read = (from: number, count: number) =>
    readNumbers(file, position + from * bytesEach(elementType), count, elementType);
  if (shape.includes(0)) return new Float32Array(0);
  if (isRowMajor(axes)) return read(offset, elementCount(shape));
  return gather(axes, elementCount(shape), (at) =>
    read(offset + at, Math.min(pieceNumbers, storage.elementCount - offset - at)),
  );
}

interface Axis {
  readonly size: number;
  /** Between neighbours in the storage. */
  readonly stride: number;
  /** Between neighbours in the row-major tensor. */
  readonly step: number;
}

/** Those that have neighbours, in the order they lie in the storage: the widest stride first. */
function axesOf({ shape, strides }: StoredView): Axis[] {
  let step = 1;
  const axes = shape.map((size, axis) => ({ size, stride: strides[axis]!, axis, step }));
  for (const axis of axes.toReversed()) {
    axis.step = step;
    step *= axis.size;
  }
  return axes.filter(({ size }) => size > 1).sort((a, b) => b.stride - a.stride);
}

/** No two elements share a number, and those that lie later in the axes' order lie later in it. */
function isInjective(axes: readonly Axis[]): boolean {
  let reached = 0; // from the first number of the axes within to the last
  for (const { size, stride } of axes.toReversed()) {
    if (stride <= reached) return false;
    reached += (size - 1) * stride;
  }
  return true;
}

function isRowMajor(axes: readonly Axis[]): boolean {
  return axes.every(({ stride, step }) => stride === step);
}

/** Walks the view in the storage's order; `readPiece(at)` gives what begins there. */
function gather(
  axes: readonly Axis[],
  count: number,
  readPiece: (at: number) => Float32Array,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  const indices = new Int32Array(axes.length);
  let piece = readPiece(0);
  let pieceStart = 0;
  let source = 0;
  let target = 0;
  for (let done = 0; done < count; done++) {
    if (source - pieceStart >= piece.length) {
      piece = readPiece(source);
      pieceStart = source;
    }
    values[target] = piece[source - pieceStart]!;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const { size, stride, step } = axes[axis]!;
      source += stride;
      target += step;
      if (++indices[axis]! < size) break;
      indices[axis] = 0;
      source -= size * stride;
      target -= size * step;
    }
  }
  return values;
}
