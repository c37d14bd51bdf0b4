// Which tokens go with which piece of a text. A token is told of with the piece in which its text
// begins, so what is held back (bytes of a character, what may become a stop string) holds back its
// tokens, too; the last piece has whatever is left. Places in the text are counted in code points, as
// Python counts characters, and so OpenAI and vLLM.

import type { TokenScore } from '../../engine/protocol.ts';

export interface ShownToken {
  readonly id: number;
  /** Null where it was not asked for, and of the first token of a prompt. */
  readonly score: TokenScore | null;
  /**
   * Where the token begins in the text that is shown: within a character, where that begins; past
   * the end (in a stop string that is not shown), at the end.
   */
  readonly offset: number;
  readonly isPrompt: boolean;
}

export class TokenTrail {
  #waiting: ShownToken[] = [];
  #decodedLength = 0;
  #shownLength = 0;

  /** The next token; the text that it adds is told afterwards. */
  add(id: number, score: TokenScore | null, isPrompt = false): void {
    this.#waiting.push({ id, score, offset: this.#decodedLength, isPrompt });
  }

  decoded(text: string): void {
    this.#decodedLength += codePointCount(text);
  }

  /** The tokens that go with this piece of text. */
  shown(text: string): readonly ShownToken[] {
    this.#shownLength += codePointCount(text);
    const next = this.#waiting.findIndex(({ offset }) => offset >= this.#shownLength);
    return this.#waiting.splice(0, next < 0 ? this.#waiting.length : next);
  }

  /** The tokens that go with the last piece of text. */
  end(text: string): readonly ShownToken[] {
    const tokens = [...this.shown(text), ...this.#waiting];
    const last = this.#shownLength;
    return tokens.map((token) => (token.offset > last ? { ...token, offset: last } : token));
  }
}

function codePointCount(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length; index++) {
    // The second half of a pair; texts here have no lone halves.
    if ((text.charCodeAt(index) & 0xfc00) === 0xdc00) count--;
  }
  return count;
}
