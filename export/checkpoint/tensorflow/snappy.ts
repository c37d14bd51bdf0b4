// Decompresses a Snappy block: literal bytes, and copies of what was written before.
// https://github.com/google/snappy/blob/main/format_description.txt

/** A copy of three bytes gives at most 64, and nothing gives more. */
const mostPerByte = 64 / 3;

/** Null where `block` is no such block, or would not give as many bytes as it says. */
export function decompress(block: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const length = lengthOf(block);
  if (length === null || length.value > block.length * mostPerByte) return null;
  const output = new Uint8Array(length.value);
  let from = length.end;
  let to = 0;
  while (from < block.length) {
    const tag = block[from++]!;
    const element = (tag & 3) === 0 ? literal(block, tag, from) : copy(block, tag, from);
    if (element === null || to + element.length > output.length) return null;
    from = element.next;
    if (element.offset === 0) {
      if (from + element.length > block.length) return null;
      output.set(block.subarray(from, from + element.length), to);
      from += element.length;
    } else {
      if (element.offset > to) return null;
      // Byte by byte: a copy may overlap what it writes, and then repeats it.
      for (let i = 0; i < element.length; i++) output[to + i] = output[to + i - element.offset]!;
    }
    to += element.length;
  }
  return to === output.length ? output : null;
}

interface Element {
  readonly length: number;
  /** How far back; 0 for a literal, whose bytes follow. */
  readonly offset: number;
  /** Where the tag ends. */
  readonly next: number;
}

function literal(block: Uint8Array, tag: number, at: number): Element | null {
  const short = tag >> 2;
  if (short < 60) return { length: short + 1, offset: 0, next: at };
  const bytes = short - 59; // 1 to 4
  const length = littleEndian(block, at, bytes);
  return length === null ? null : { length: length + 1, offset: 0, next: at + bytes };
}

function copy(block: Uint8Array, tag: number, at: number): Element | null {
  if ((tag & 3) === 1) {
    const low = block[at];
    if (low === undefined) return null;
    return element(4 + ((tag >> 2) & 7), ((tag >> 5) << 8) | low, at + 1);
  }
  const bytes = (tag & 3) === 2 ? 2 : 4;
  const offset = littleEndian(block, at, bytes);
  return offset === null ? null : element((tag >> 2) + 1, offset, at + bytes);
}

/** A copy from no distance would be a literal. */
function element(length: number, offset: number, next: number): Element | null {
  return offset === 0 ? null : { length, offset, next };
}

function littleEndian(block: Uint8Array, at: number, bytes: number): number | null {
  if (at + bytes > block.length) return null;
  let value = 0;
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + block[at + i]!;
  return value;
}

/** The varint that every block begins with. */
function lengthOf(block: Uint8Array): { readonly value: number; readonly end: number } | null {
  let value = 0;
  for (let at = 0; at < Math.min(block.length, 5); at++) {
    const byte = block[at]!;
    value += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { value, end: at + 1 };
  }
  return null;
}
