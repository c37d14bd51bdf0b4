// Snappy the other way: elements as they are meant, and both what they are stored as and what they
// stand for, the plain way.

export type SnappyElement =
  | { readonly literal: Uint8Array }
  | { readonly offset: number; readonly length: number; readonly bytes: 1 | 2 | 4 };

export function plainSnappy(elements: readonly SnappyElement[]): {
  readonly block: Uint8Array;
  readonly content: Uint8Array;
} {
  const block: number[] = [];
  const content: number[] = [];
  for (const element of elements) {
    if ('literal' in element) {
      const last = element.literal.length - 1;
      if (last < 60) block.push(last << 2);
      else if (last < 256) block.push(60 << 2, last);
      else block.push(61 << 2, last & 255, last >> 8);
      block.push(...element.literal);
      content.push(...element.literal);
      continue;
    }
    const { offset, length, bytes } = element;
    if (bytes === 1) block.push(((offset >> 8) << 5) | ((length - 4) << 2) | 1, offset & 255);
    else block.push(((length - 1) << 2) | (bytes === 2 ? 2 : 3), offset & 255, offset >> 8);
    if (bytes === 4) block.push(0, 0);
    for (let i = 0; i < length; i++) content.push(content.at(-offset)!);
  }
  const length: number[] = [];
  for (let left = content.length; ; left >>= 7) {
    length.push(left < 128 ? left : (left & 127) | 128);
    if (left < 128) break;
  }
  return { block: Uint8Array.from([...length, ...block]), content: Uint8Array.from(content) };
}
