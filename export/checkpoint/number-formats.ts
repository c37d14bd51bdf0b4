// Stored numbers -> float32. Assumes a little-endian machine, as every platform of Node is.

import type { SourceFile } from './source-file.ts';

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

/** By safetensors' names. */
export type NumberFormat = 'F32' | 'F16' | 'BF16' | 'F64';

interface Codec {
  readonly bytesEach: number;
  /** `stored` starts at an offset that suits its elements; as many numbers as fit go to `values`. */
  decode(stored: Uint8Array<ArrayBuffer>, values: Float32Array<ArrayBuffer>): void;
}

const codecs: Readonly<Record<NumberFormat, Codec>> = {
  F32: {
    bytesEach: 4,
    decode: ({ buffer, byteOffset }, values) => {
      values.set(new Float32Array(buffer, byteOffset, values.length));
    },
  },
  F16: {
    bytesEach: 2,
    decode: ({ buffer, byteOffset }, values) => {
      const stored = new Uint16Array(buffer, byteOffset, values.length);
      const table = halfTable();
      for (let i = 0; i < values.length; i++) values[i] = table[stored[i]!]!;
    },
  },
  // The upper half of a float32.
  BF16: {
    bytesEach: 2,
    decode: ({ buffer, byteOffset }, values) => {
      const stored = new Uint16Array(buffer, byteOffset, values.length);
      const patterns = new Uint32Array(values.buffer, values.byteOffset, values.length);
      for (let i = 0; i < values.length; i++) patterns[i] = stored[i]! << 16;
    },
  },
  F64: {
    bytesEach: 8,
    decode: ({ buffer, byteOffset }, values) => {
      values.set(new Float64Array(buffer, byteOffset, values.length));
    },
  },
};

export const numberFormats = Object.keys(codecs) as readonly NumberFormat[];

export function isNumberFormat(name: string): name is NumberFormat {
  return Object.hasOwn(codecs, name);
}

export function bytesEach(format: NumberFormat): number {
  return codecs[format].bytesEach;
}

/** Stored numbers turned into float32 at a time: what a tensor needs beside itself stays small. */
const pieceNumbers = 2 ** 18;

/**
 * `count` numbers from `position` on. `onBytes` sees every stored byte once, in order, as a view that
 * is used again afterwards: for checksums.
 */
export function readNumbers(
  file: SourceFile,
  position: number,
  count: number,
  format: NumberFormat,
  onBytes?: (stored: Uint8Array) => void,
): Float32Array<ArrayBuffer> {
  const { bytesEach, decode } = codecs[format];
  file.require(position, count * bytesEach);
  const values = new Float32Array(count);
  if (format === 'F32' && onBytes === undefined) {
    file.readInto(new Uint8Array(values.buffer), position);
    return values;
  }
  const buffer = new Uint8Array(Math.min(count, pieceNumbers) * bytesEach);
  for (let done = 0; done < count; done += pieceNumbers) {
    const piece = values.subarray(done, done + pieceNumbers);
    const stored = buffer.subarray(0, piece.length * bytesEach);
    file.readInto(stored, position + done * bytesEach);
    onBytes?.(stored);
    decode(stored, piece);
  }
  return values;
}
