// How vocabulary files of byte-level BPE spell bytes, so that every token is printable text: printable
// Latin-1 as itself, each of the other 68 as the next free character from U+0100 on. A space is Ġ.

/** The character of each byte. */
export const byteCharacters: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable =
      (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte <= 0xff && byte !== 0xad);
    return String.fromCodePoint(printable ? byte : next++);
  });
})();

const bytesByCharacter: ReadonlyMap<string, number> = new Map(
  byteCharacters.map((character, byte) => [character, byte]),
);

export function spellBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byteCharacters[byte]).join('');
}

/** Null where a character spells no byte. */
export function spelledBytes(text: string): Uint8Array | null {
  const bytes = new Uint8Array(text.length); // no character that spells a byte is a pair
  for (let index = 0; index < text.length; index++) {
    const byte = bytesByCharacter.get(text[index]!);
    if (byte === undefined) return null;
    bytes[index] = byte;
  }
  return bytes;
}
