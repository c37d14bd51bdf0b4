// The head of a GGUF file: what is known of the model, and where its tensors lie. Little-endian.
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
//
//   'GGUF' | version | tensors | entries | entry ... | tensor info ... | zeros | data
//                                                                             ^ a multiple of 32

export type GgufType = 'f32' | 'q8_0';

export const ggufTypes: readonly GgufType[] = ['f32', 'q8_0'];

export const alignment = 32;

/** ggml_type, and the bytes of so many numbers. */
const tensorTypes: Readonly<
  Record<GgufType, { readonly code: number; bytes(count: number): number }>
> = {
  f32: { code: 0, bytes: (count) => 4 * count },
  q8_0: { code: 8, bytes: (count) => (count / 32) * 34 },
};

export type Entry =
  | { readonly kind: 'uint32'; readonly value: number }
  | { readonly kind: 'float32'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'int32s'; readonly value: readonly number[] };

export interface TensorInfo {
  readonly name: string;
  /** The fastest-changing first: the other way round than elsewhere. */
  readonly shape: readonly number[];
  readonly type: GgufType;
}

const version = 3;

/** gguf_metadata_value_type */
const valueTypes = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9 } as const;

export function encodeGgufHeader(
  metadata: Readonly<Record<string, Entry>>,
  tensors: readonly TensorInfo[],
): Buffer {
  const entries = Object.entries(metadata);
  const parts = [Buffer.from('GGUF'), uint32(version)];
  parts.push(uint64(tensors.length), uint64(entries.length));
  for (const [key, entry] of entries) parts.push(string(key), encodeEntry(entry));
  let offset = 0;
  for (const { name, shape, type } of tensors) {
    parts.push(string(name), uint32(shape.length), ...shape.map(uint64));
    parts.push(uint32(tensorTypes[type].code), uint64(offset));
    offset += aligned(tensorTypes[type].bytes(shape.reduce((product, size) => product * size, 1)));
  }
  const head = Buffer.concat(parts);
  return Buffer.concat([head, padding(head.length)]);
}

/** The zeros that follow so many bytes. */
export function padding(length: number): Buffer {
  return Buffer.alloc(aligned(length) - length);
}

function aligned(length: number): number {
  return Math.ceil(length / alignment) * alignment;
}

function encodeEntry(entry: Entry): Buffer {
  switch (entry.kind) {
    case 'uint32':
      return Buffer.concat([uint32(valueTypes.uint32), uint32(entry.value)]);
    case 'float32':
      return Buffer.concat([uint32(valueTypes.float32), float32(entry.value)]);
    case 'string':
      return Buffer.concat([uint32(valueTypes.string), string(entry.value)]);
    case 'strings':
      return array(valueTypes.string, entry.value.map(string));
    case 'int32s':
      return array(valueTypes.int32, entry.value.map(uint32));
  }
}

function array(type: number, elements: readonly Buffer[]): Buffer {
  const head = [uint32(valueTypes.array), uint32(type), uint64(elements.length)];
  return Buffer.concat([...head, ...elements]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}
