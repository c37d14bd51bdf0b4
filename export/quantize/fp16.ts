// Weights as IEEE 754 binary16: float32 rounded to the nearest half, ties to even. What is below the
// normal halves is rounded to multiples of 2^-24; what is beyond the largest half is refused.
//
//   float32   s | eeeeeeee | mmmmmmmmmm mmmmmmmmmmmmm     exponent bias 127
//   half      s |    eeeee | mmmmmmmmmm                   exponent bias 15

import { CheckpointError } from '../../models/errors.ts';
import { halfToNumber } from '../checkpoint/number-formats.ts';

const largestHalf = 65504;

/** The bits of 65,520, which lies halfway to the half that does not exist, and of 2^-14. */
const overflow = 0x477ff000;
const leastNormal = 0x38800000;

/** What float32's exponents are ahead, in place. */
const rebias = (127 - 15) << 23;

/** Throws `CheckpointError` naming the tensor. */
export function halves(numbers: Float32Array, tensor: string): Uint16Array<ArrayBuffer> {
  const patterns = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  const result = new Uint16Array(numbers.length);
  for (let index = 0; index < patterns.length; index++) {
    const pattern = patterns[index]!;
    const magnitude = pattern & 0x7fffffff;
    if (magnitude >= overflow) throw tooLarge(numbers[index]!, index, tensor);
    const half = magnitude < leastNormal ? subnormal(magnitude) : normal(magnitude);
    result[index] = ((pattern >>> 16) & 0x8000) | half;
  }
  return result;
}

/** The mean of the rows of a matrix [rows, width], as near to it as a half is: [width]. */
export function meanRow(numbers: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const sums = new Float64Array(width);
  for (let index = 0; index < numbers.length; index++) sums[index % width]! += numbers[index]!;
  const rowCount = numbers.length / width;
  const bits = halves(
    Float32Array.from(sums, (sum) => sum / rowCount),
    'the mean',
  );
  return Float32Array.from(bits, halfToNumber);
}

/** The rows of a matrix [rows, width] less their mean, the mean itself, and zeros up to `rowCount`. */
export function centered(
  numbers: Float32Array,
  width: number,
  rowCount: number,
  tensor: string,
): Uint16Array<ArrayBuffer> {
  const mean = meanRow(numbers, width);
  const result = new Uint16Array(rowCount * width);
  const row = new Float32Array(width);
  for (let start = 0; start < numbers.length; start += width) {
    for (let at = 0; at < width; at++) row[at] = numbers[start + at]! - mean[at]!;
    result.set(halves(row, tensor), start);
  }
  result.set(halves(mean, tensor), numbers.length);
  return result;
}

/** A carry out of the fraction goes up into the exponent, as it should. */
function normal(magnitude: number): number {
  const rebased = magnitude - rebias;
  return (rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13;
}

function subnormal(magnitude: number): number {
  const shift = 126 - (magnitude >>> 23); // 14 for the largest of them
  if (shift > 24) return 0;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  return (fraction + (1 << (shift - 1)) - 1 + ((fraction >>> shift) & 1)) >>> shift;
}

function tooLarge(number: number, index: number, tensor: string): CheckpointError {
  return new CheckpointError(
    `${tensor} has ${number} at ${index}, and fp16 ends at ${largestHalf}: ` +
      'export it with --precision fp32',
  );
}
