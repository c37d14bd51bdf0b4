// One choice of a completion: its ids become text, and its text may end before its ids do. Knows which
// of its tokens count, so that what was generated past a stop string is as if it had never been.

import type { TokenBatch } from '../../engine/engine.ts';
import type { FinishReason } from '../../engine/protocol.ts';
import { StopScanner } from '../../tokenizer/stop.ts';
import type { Decoder, Tokenizer } from '../../tokenizer/tokenizer.ts';

export interface Piece {
  /** Empty while what came cannot be shown yet. */
  readonly text: string;
  readonly finish: FinishReason | null;
}

export class Choice {
  readonly #decoder: Decoder;
  readonly #scanner: StopScanner;
  readonly #hasStops: boolean;
  readonly #eosTokenId: number;
  #tokenCount = 0;
  #finish: FinishReason | null = null;

  constructor(tokenizer: Tokenizer, stopStrings: readonly string[], eosTokenId: number) {
    this.#decoder = tokenizer.createDecoder('continuation');
    this.#scanner = new StopScanner(stopStrings);
    this.#hasStops = stopStrings.length > 0;
    this.#eosTokenId = eosTokenId;
  }

  get finish(): FinishReason | null {
    return this.#finish;
  }

  /** Tokens that count, so far. */
  get tokenCount(): number {
    return this.#tokenCount;
  }

  /** False where it had finished before. */
  end(reason: FinishReason): boolean {
    if (this.#finish !== null) return false;
    this.#finish = reason;
    return true;
  }

  /** Not to be called once the choice has finished. */
  take({ ids, finish }: TokenBatch): Piece {
    let text = '';
    // Token by token where a stop string may end the text, else all at once.
    const stride = this.#hasStops ? 1 : ids.length;
    for (let start = 0; start < ids.length && this.#scanner.matched === null; start += stride) {
      const some = ids.slice(start, start + stride);
      this.#tokenCount += some.length;
      text += this.#scanner.push(this.#decoder.push(some.filter((id) => id !== this.#eosTokenId)));
    }
    if (finish !== null && this.#scanner.matched === null) {
      text += this.#scanner.push(this.#decoder.end());
      text += this.#scanner.end();
    }
    this.#finish = this.#scanner.matched === null ? finish : 'stop';
    return { text, finish: this.#finish };
  }
}
