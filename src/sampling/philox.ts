// Random numbers without state: Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as
// 1, 2, 3", 2011) turns a counter and a key into 128 random bits. So the number behind a token is a
// function of the request's seed and the token's place, whoever else is being served.

const multiplierA = 0xd2511f53;
const multiplierB = 0xcd9e8d57;
const weylA = 0x9e3779b9;
const weylB = 0xbb67ae85;
const roundCount = 10;

/** Writes the four words that belong to a counter of four words and a key of two. */
export function philox(
  counter: Uint32Array, // [4]
  keyLow: number,
  keyHigh: number,
  output: Uint32Array, // [4], may be the counter
): void {
  let a = counter[0]!;
  let b = counter[1]!;
  let c = counter[2]!;
  let d = counter[3]!;
  let low = keyLow;
  let high = keyHigh;
  for (let round = 0; round < roundCount; round += 1) {
    const nextA = multiplyHigh(multiplierB, c) ^ b ^ low;
    const nextC = multiplyHigh(multiplierA, a) ^ d ^ high;
    b = Math.imul(multiplierB, c);
    d = Math.imul(multiplierA, a);
    a = nextA;
    c = nextC;
    low = (low + weylA) | 0;
    high = (high + weylB) | 0;
  }
  output[0] = a;
  output[1] = b;
  output[2] = c;
  output[3] = d;
}

/** The upper 32 bits of a product of two 32-bit numbers, by halves of 16 bits. */
function multiplyHigh(x: number, y: number): number {
  const xLow = x & 0xffff;
  const xHigh = x >>> 16;
  const yLow = y & 0xffff;
  const yHigh = y >>> 16;
  // Neither sum overflows: (2^16 - 1)^2 + 2^16 - 1 < 2^32.
  const middle = (Math.imul(xHigh, yLow) + (Math.imul(xLow, yLow) >>> 16)) >>> 0;
  const carry = (Math.imul(xLow, yHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(xHigh, yHigh) + (middle >>> 16) + (carry >>> 16)) | 0;
}

const words = new Uint32Array(4);

/** Whole, because numbers of 32 bits that are handed over one by one may each be put on the heap. */
export interface Seed {
  readonly seedLow: number;
  readonly seedHigh: number;
  readonly sampleIndex: number;
}

/**
 * Writes a number in [0, 1) with 53 random bits: always the same for the same arguments. Not returned,
 * since a number with a fraction becomes an object wherever a call is not inlined.
 */
export function writeUniform(
  point: Float64Array, // [1]
  { seedLow, seedHigh, sampleIndex }: Seed,
  tokenIndex: number,
): void {
  words[0] = tokenIndex;
  words[1] = sampleIndex;
  words[2] = 0;
  words[3] = 0;
  philox(words, seedLow, seedHigh, words);
  point[0] = ((words[0]! >>> 5) * 2 ** 26 + (words[1]! >>> 6)) / 2 ** 53;
}
