// Bytes of tokens -> text. A character whose bytes have not all come is held back; what cannot become
// one is U+FFFD, exactly where decoding everything at once would put it.

import type { Decoder, Tokenizer } from './contract.ts';

// A byte order mark within a token is text: it was in the text that was encoded.
const encoding = ['utf-8', { ignoreBOM: true }] as const;

const wholeTexts = new TextDecoder(...encoding);

export function decodeBytes(parts: readonly Uint8Array[]): string {
  return wholeTexts.decode(join(parts));
}

export class ByteDecoder implements Decoder {
  readonly #tokenizer: Pick<Tokenizer, 'bytesOf'>;
  readonly #text = new TextDecoder(...encoding);

  constructor(tokenizer: Pick<Tokenizer, 'bytesOf'>) {
    this.#tokenizer = tokenizer;
  }

  push(ids: readonly number[]): string {
    const bytes = join(ids.map((id) => this.#tokenizer.bytesOf(id)));
    return this.#text.decode(bytes, { stream: true });
  }

  end(): string {
    return this.#text.decode();
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}
