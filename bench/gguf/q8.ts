// llama.cpp's q8_0: blocks of 32 numbers, each an 8-bit share of the block's largest magnitude.
//
//   a block of 34 bytes   | scale, 16-bit float | q0 | q1 | ... | q31 |     number = scale · q

const blockNumbers = 32;
const blockBytes = 34;

/** `numbers` are a multiple of 32. */
export function encodeQ8(numbers: Float32Array): Uint8Array {
  const blockCount = numbers.length / blockNumbers;
  const bytes = Buffer.alloc(blockCount * blockBytes);
  for (let block = 0; block < blockCount; block++) {
    const first = block * blockNumbers;
    let largest = 0;
    for (let index = 0; index < blockNumbers; index++) {
      largest = Math.max(largest, Math.abs(numbers[first + index]!));
    }
    const scale = largest / 127;
    const place = block * blockBytes;
    bytes.writeUInt16LE(halfBits(scale), place);
    for (let index = 0; index < blockNumbers; index++) {
      const share = scale === 0 ? 0 : Math.round(numbers[first + index]! / scale);
      bytes.writeInt8(share, place + 2 + index);
    }
  }
  return bytes;
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** The bits of the nearest 16-bit float; under the smallest normal one, 2^-14, of zero. */
export function halfBits(value: number): number {
  single[0] = value;
  const bits = singleBits[0]!;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  if (exponent <= 0) return 0;
  const rounded = (exponent << 10) + (((bits & 0x7fffff) + 0x1000) >>> 13);
  return ((bits >>> 16) & 0x8000) | Math.min(0x7bff, rounded);
}
