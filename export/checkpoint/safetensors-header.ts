// The head of a safetensors file: 8 bytes of length, then JSON that says of each tensor its element
// type, its shape and its place in the data behind. Everything is checked before anything is used:
// the tensors must tile the data exactly, without hole or overlap.
// https://github.com/huggingface/safetensors#format

import type { Broken } from './source-file.ts';

export interface StoredTensor {
  readonly name: string;
  readonly elementType: string;
  readonly shape: readonly number[];
  /** From the start of the data. */
  readonly begin: number;
  readonly end: number;
}

/** The format's own limit; it keeps a broken length from asking for all memory. */
export const largestHeader = 100_000_000;

const elementBytes: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1 },
  ...{ U16: 2, I16: 2, F16: 2, BF16: 2 },
  ...{ U32: 4, I32: 4, F32: 4 },
  ...{ U64: 8, I64: 8, F64: 8 },
};

/** The head of a file that holds these tensors as float32, one behind the other. */
export function encodeHeader(shapes: ReadonlyMap<string, readonly number[]>): Uint8Array {
  const entries: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let begin = 0;
  for (const [name, shape] of shapes) {
    const end = shape.reduce((product, size) => product * size, 4) + begin;
    entries[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
    begin = end;
  }
  const json = JSON.stringify(entries);
  // Spaces behind it, so that the data begins where float32 may be mapped.
  const header = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const head = new Uint8Array(8 + header.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(header.length), true);
  head.set(header, 8);
  return head;
}

/** Reads the JSON of a header; `dataBytes` is what the file holds behind it. */
export function parseHeader(
  header: Uint8Array,
  dataBytes: number,
  broken: Broken,
): readonly StoredTensor[] {
  const text = decode(header, broken);
  const entries = parseObject(text, broken);
  requireDistinctKeys(text, broken);
  const tensors = Object.entries(entries)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseEntry(name, entry, broken));
  requireTiling(tensors, dataBytes, broken);
  return tensors;
}

function decode(header: Uint8Array, broken: Broken): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
  } catch {
    throw broken('the header is not UTF-8');
  }
}

function parseObject(text: string, broken: Broken): object {
  if (!text.startsWith('{')) throw broken('the header does not begin with {');
  try {
    return JSON.parse(text) as object;
  } catch {
    throw broken('the header is not JSON');
  }
}

/** JSON.parse keeps the last of two equal keys; a file that has two is not to be trusted. */
function requireDistinctKeys(json: string, broken: Broken): void {
  const seen = new Set<string>();
  for (const name of outerKeys(json)) {
    if (seen.has(name)) throw broken(`${name} is there twice`);
    seen.add(name);
  }
}

/**
 * The keys of what is known to be an object in JSON. Character by character: a regular expression
 * runs out of stack where somebody makes a string long enough.
 */
function* outerKeys(json: string): Generator<string> {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json[at]!;
    if (character === '{' || character === '[') depth++;
    if (character === '}' || character === ']') depth--;
    if (character !== '"') continue;
    const start = at;
    do at += json[at] === '\\' ? 2 : 1;
    while (json[at] !== '"');
    if (depth === 1 && isBeforeColon(json, at + 1)) yield JSON.parse(json.slice(start, at + 1));
  }
}

function isBeforeColon(json: string, position: number): boolean {
  let at = position;
  while (/\s/.test(json[at]!)) at++;
  return json[at] === ':';
}

function parseEntry(name: string, entry: unknown, broken: Broken): StoredTensor {
  const { dtype, shape, data_offsets: offsets } = Object(entry) as Record<string, unknown>;
  if (typeof dtype !== 'string') throw broken(`${name} has no dtype`);
  if (!isSizes(shape)) throw broken(`${name} has no valid shape`);
  if (!isSizes(offsets) || offsets.length !== 2) throw broken(`${name} has no valid data_offsets`);
  const bytesEach = Object.hasOwn(elementBytes, dtype) ? elementBytes[dtype] : undefined;
  if (bytesEach === undefined) throw broken(`${name} has the unknown dtype ${dtype}`);
  const [begin, end] = offsets as [number, number];
  const bytes = shape.reduce((product, size) => product * size, bytesEach);
  if (end - begin !== bytes) {
    throw broken(
      `${name}, ${dtype} [${shape.join(', ')}], takes ${bytes} bytes, not ${end - begin}`,
    );
  }
  return { name, elementType: dtype, shape, begin, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function requireTiling(tensors: readonly StoredTensor[], dataBytes: number, broken: Broken): void {
  let reached = 0;
  for (const tensor of tensors.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (tensor.begin < reached) throw broken(`${tensor.name} overlaps the tensor before it`);
    if (tensor.begin > reached) throw broken(`there is a hole before ${tensor.name}`);
    reached = tensor.end;
  }
  if (reached > dataBytes) {
    throw broken(`it is cut short: ${dataBytes} bytes of data, the tensors take ${reached}`);
  }
  if (reached < dataBytes) throw broken(`${dataBytes - reached} bytes belong to no tensor`);
}
