// Stored numbers -> float32. Assumes a little-endian machine, as every platform of Node is.

/** IEEE 754 binary16: sign, 5 exponent bits (bias 15), 10 fraction bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let halves: Float32Array | null = null;

/** All 65,536 halves, made once: a table read is some fifty times faster than the arithmetic. */
function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 0x10000 }, (_, bits) => halfToNumber(bits));
  return halves;
}

type Decoder = (bytes: Uint8Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;

/** By safetensors' names. `bytes` starts at an offset that suits its elements. */
export const decoders: Readonly<Record<string, Decoder>> = {
  F32: (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4),
  F16: (bytes) => {
    const stored = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
    const table = halfTable();
    const values = new Float32Array(stored.length);
    for (let i = 0; i < stored.length; i++) values[i] = table[stored[i]!]!;
    return values;
  },
  // The upper half of a float32.
  BF16: (bytes) => {
    const stored = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
    const patterns = new Uint32Array(stored.length);
    for (let i = 0; i < stored.length; i++) patterns[i] = stored[i]! << 16;
    return new Float32Array(patterns.buffer);
  },
};
