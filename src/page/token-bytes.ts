// What a token's name says of its bytes. A name is its text; where the bytes are not whole characters
// it is `bytes:\xf0\x9f`, and `token_id:7` where there are none.

const encoder = new TextEncoder();

export function isBytes(name: string): boolean {
  return name.startsWith('bytes:');
}

export function bytesOf(name: string): Uint8Array {
  if (name.startsWith('token_id:')) return new Uint8Array();
  if (!isBytes(name)) return encoder.encode(name);
  const escapes = name.slice('bytes:'.length).matchAll(/\\x([0-9a-f]{2})|([^\\])/g);
  return Uint8Array.from(escapes, ([, hex, character]) =>
    hex === undefined ? character!.charCodeAt(0) : Number.parseInt(hex, 16),
  );
}

/** What each token adds to a text: a character of several tokens belongs to the last of them. */
export function textsOf(tokens: readonly Uint8Array[]): string[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return tokens.map((bytes) => decoder.decode(bytes, { stream: true }));
}
