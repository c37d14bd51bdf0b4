// What a file of weights is, by its first and last bytes: its name may say anything.

import { SourceFile } from './source-file.ts';

export type Content =
  | 'safetensors'
  | 'zip' // PyTorch since 1.6
  | 'pickles' // PyTorch before
  | 'sstable' // the index of a TensorFlow checkpoint
  | 'hdf5'
  | 'gguf'
  | 'lfs pointer'
  | 'unknown';

const starts: readonly (readonly [content: Content, bytes: readonly number[]])[] = [
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  // Protocol 2, and the first of the pickles that torch.save wrote: a number of ten bytes.
  ['pickles', [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]],
  ['hdf5', [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['gguf', bytesOf('GGUF')],
  ['lfs pointer', bytesOf('version https://git-lfs')],
];

const longestStart = Math.max(...starts.map(([, { length }]) => length));

/** The last eight bytes of a table; 0xdb4775248b80fb57, little-endian. */
const sstableEnd = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

/** Throws `CheckpointError` where there is no file to look into. */
export function contentOf(path: string): Content {
  const file = SourceFile.open(path);
  try {
    const head = file.read(0, Math.min(file.bytes, longestStart));
    const known = starts.find(([, bytes]) => matches(head, bytes));
    if (known !== undefined) return known[0];
    if (file.bytes >= sstableEnd.length) {
      const tail = file.read(file.bytes - sstableEnd.length, sstableEnd.length);
      if (matches(tail, sstableEnd)) return 'sstable';
    }
    return isSafetensors(head, file.bytes) ? 'safetensors' : 'unknown';
  } finally {
    file.close();
  }
}

/** A length that the file can hold, and JSON behind it. */
function isSafetensors(head: Uint8Array<ArrayBuffer>, fileBytes: number): boolean {
  if (head.length < 9 || head[8] !== '{'.charCodeAt(0)) return false;
  return new DataView(head.buffer).getBigUint64(0, true) <= BigInt(fileBytes - 8);
}

function matches(found: Uint8Array, expected: readonly number[]): boolean {
  return found.length >= expected.length && expected.every((byte, at) => found[at] === byte);
}

function bytesOf(text: string): readonly number[] {
  return [...new TextEncoder().encode(text)];
}
