// Text for models that have no vocabulary: their ids in decimal, a single space between two of them,
// so "12 52" is [12, 52]. A decoder at the start says the same; one that continues a text puts a
// space before its first id too, so that prompt and completion joined are a text again.

import { invariant, ServeError } from '../errors.ts';
import { type Decoder, noFrame, type TextOrigin, type Tokenizer } from './contract.ts';

// Leading zeros are refused: each sequence of ids has exactly one text.
const decimal = /^(?:0|[1-9]\d*)$/;

export class IdsTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly frame = noFrame;
  readonly addsPrefixSpace = false;

  constructor(vocabularySize: number) {
    this.vocabularySize = vocabularySize;
  }

  encode(text: string): number[] {
    return this.encodeWithin(text, Number.POSITIVE_INFINITY)!;
  }

  encodeWithin(text: string, limit: number): number[] | null {
    const longestWord = String(this.vocabularySize - 1).length;
    if (text.length > limit * (longestWord + 1)) return null;
    const ids: number[] = [];
    for (let start = 0; text !== '' && start <= text.length; ) {
      const space = text.indexOf(' ', start);
      const end = space < 0 ? text.length : space;
      ids.push(this.#parse(text, start, end));
      if (ids.length > limit) return null;
      start = end + 1;
    }
    return ids;
  }

  #parse(text: string, start: number, end: number): number {
    const word = text.slice(start, end);
    const id = decimal.test(word) ? Number(word) : Number.NaN;
    if (id < this.vocabularySize) return id;
    const shown = JSON.stringify(word.length > 20 ? `${word.slice(0, 20)}...` : word);
    throw new ServeError(
      'invalid_value',
      `this model has no vocabulary: its text is ids from 0 to ${this.vocabularySize - 1} in ` +
        `decimal with one space between them, as in "12 52"; at character ${start} there is ${shown}`,
      'prompt',
    );
  }

  decode(ids: readonly number[]): string {
    return ids.map((id) => this.#word(id)).join(' ');
  }

  bytesOf(id: number): Uint8Array {
    return new TextEncoder().encode(` ${this.#word(id)}`);
  }

  isSpecial(): boolean {
    return false;
  }

  isTwin(): boolean {
    return false;
  }

  createDecoder(origin: TextOrigin = 'start'): Decoder {
    let isFirst = origin === 'start';
    return {
      push: (ids) => {
        if (ids.length === 0) return '';
        const gap = isFirst ? '' : ' ';
        isFirst = false;
        return gap + this.decode(ids);
      },
      end: () => '',
    };
  }

  #word(id: number): string {
    invariant(
      Number.isInteger(id) && id >= 0 && id < this.vocabularySize,
      `the id ${id} is in a vocabulary of ${this.vocabularySize}`,
    );
    return String(id);
  }
}
