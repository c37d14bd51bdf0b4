// What a token is called where it stands by itself. Each has a name of its own, so that no two fall
// together as keys of an object: its text, where its bytes are one; else its bytes, as OpenAI shows
// them (`bytes: \xf0\x9f`); else, where it stands for no bytes or for those of another token, its id.

import type { Tokenizer } from '../../tokenizer/tokenizer.ts';

const strictly = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class TokenNames {
  readonly #tokenizer: Tokenizer;
  readonly #areIds: boolean;
  /** The names that were needed so far: long prompts have thousands of alternatives. */
  readonly #known: (string | undefined)[] = [];

  constructor(tokenizer: Tokenizer, areIds: boolean) {
    this.#tokenizer = tokenizer;
    this.#areIds = areIds;
  }

  bytesOf(id: number): Uint8Array {
    return this.#tokenizer.bytesOf(id);
  }

  of(id: number): string {
    const isNamed = !this.#areIds && !this.#tokenizer.isTwin(id);
    this.#known[id] ??= isNamed ? textName(id, this.bytesOf(id)) : idName(id);
    return this.#known[id];
  }
}

function idName(id: number): string {
  return `token_id:${id}`;
}

function textName(id: number, bytes: Uint8Array): string {
  if (bytes.length === 0) return idName(id);
  try {
    return strictly.decode(bytes);
  } catch {
    return `bytes:${Array.from(bytes, shown).join('')}`;
  }
}

function shown(byte: number): string {
  const isPrintable = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
  return isPrintable ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
}
