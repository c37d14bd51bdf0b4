// Seeded normal numbers: xoshiro128** (Blackman and Vigna, 2018) through Box and Muller's transform.
// Each stream stands by itself, so tensors can be made in any order and come out the same.

export type NextWord = () => number;

/** Uniform 32-bit words; another `stream` of the same seed is another sequence. */
export function randomWords(seed: number, stream: number): NextWord {
  const next = splitMix(seed, stream);
  let [a, b, c, d] = [next(), next(), next(), next()];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

/** Fills `values` with numbers of mean 0 and the given standard deviation. */
export function fillNormal(values: Float32Array, deviation: number, next: NextWord): void {
  for (let i = 0; i < values.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log((next() + 1) / 2 ** 32)); // never log(0)
    const angle = (2 * Math.PI * next()) / 2 ** 32;
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle); // falls outside, and is dropped, when there is none
  }
}

/** Spreads a seed over the generator's state, which must not be all zeros or nearly so. */
function splitMix(seed: number, stream: number): NextWord {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) | 0;
  };
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
