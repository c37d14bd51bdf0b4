// A shared library with nothing in it but what it says of itself: ELF header, one loaded segment over the
// whole file, the dynamic section and its strings (System V gABI, chapters 4 and 5).

export function encodeElf(soname: string, needed: readonly string[], extra = ''): Buffer {
  const names = ['', soname, ...needed];
  const places: number[] = [];
  let strings = '';
  for (const name of names) {
    places.push(strings.length);
    strings += `${name}\0`;
  }
  const dynamicAt = 64 + 2 * 56;
  const dynamicBytes = 16 * (needed.length + 4);
  const stringsAt = dynamicAt + dynamicBytes;
  const end = stringsAt + strings.length + extra.length;
  const base = 0x10000; // addresses are not file offsets
  const file = Buffer.alloc(end);
  file.write('\x7fELF', 0, 'latin1');
  file.set([2, 1, 1], 4);
  file.writeUInt16LE(3, 16);
  file.writeUInt16LE(62, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(2, 56);
  const segment = (index: number, type: number, offset: number, bytes: number) => {
    const at = 64 + 56 * index;
    file.writeUInt32LE(type, at);
    file.writeBigUInt64LE(BigInt(offset), at + 8);
    file.writeBigUInt64LE(BigInt(base + offset), at + 16);
    file.writeBigUInt64LE(BigInt(bytes), at + 32);
    file.writeBigUInt64LE(BigInt(bytes), at + 40);
  };
  segment(0, 1, 0, end);
  segment(1, 2, dynamicAt, dynamicBytes);
  const entries: [number, number][] = [
    ...needed.map((_, index): [number, number] => [1, places[index + 2]!]),
    [14, places[1]!],
    [5, base + stringsAt],
    [10, strings.length],
    [0, 0],
  ];
  entries.forEach(([tag, value], index) => {
    file.writeBigInt64LE(BigInt(tag), dynamicAt + 16 * index);
    file.writeBigUInt64LE(BigInt(value), dynamicAt + 16 * index + 8);
  });
  file.write(strings + extra, stringsAt, 'latin1');
  return file;
}
