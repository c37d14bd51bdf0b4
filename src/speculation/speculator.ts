// Drafts how a text may go on, by prompt lookup: where its end occurred before, what followed there is
// likely to follow again. Knows one text at a time, since only a sequence that runs alone is drafted
// for; another one is read from its beginning, which takes some microseconds.

import { invariant } from '../errors.ts';
import type { TextSoFar } from '../sampling/text-so-far.ts';
import { DraftLength } from './draft-length.ts';
import { SuffixIndex } from './suffix-index.ts';

/** A longer draft costs more than the last of its tokens are likely to bring. */
export const longestDraft = 16;

export class Speculator {
  /** The first tokens are valid, as many as `draftFor` said. */
  readonly draft = new Int32Array(longestDraft);
  readonly #index: SuffixIndex;
  readonly #length = new DraftLength();
  #text: TextSoFar | null = null;
  #matchLength = 0;

  constructor(contextLength: number) {
    this.#index = new SuffixIndex(contextLength);
  }

  /**
   * How many tokens are drafted to follow a text, `limit` at most; 0: an ordinary step is better. The
   * same object is the same text, grown.
   */
  draftFor(text: TextSoFar, limit: number): number {
    this.#follow(text);
    this.#matchLength = this.#index.search();
    if (this.#matchLength === 0) return 0;
    const count = this.#length.choose(this.#matchLength, Math.min(limit, longestDraft));
    for (let index = 0; index < count; index += 1) this.draft[index] = this.#index.follower(index);
    return count;
  }

  /** An ordinary step of a text alone took that long. */
  stepped(text: TextSoFar, ms: number): void {
    if (text === this.#text) this.#length.ordinary(ms);
  }

  /** Of the last draft so many tokens were accepted, in a run that took that long. */
  checked(draftCount: number, acceptedCount: number, ms: number): void {
    this.#length.checked(this.#matchLength, draftCount, acceptedCount, ms);
  }

  #follow(text: TextSoFar): void {
    if (text !== this.#text) {
      this.#text = text;
      this.#index.clear();
      this.#length.clear();
    }
    const { promptIds, generatedIds, generatedCount } = text;
    const length = promptIds.length + generatedCount;
    invariant(this.#index.length <= length, 'a text grows');
    for (let place = this.#index.length; place < length; place += 1) {
      const inPrompt = place < promptIds.length;
      this.#index.append(inPrompt ? promptIds[place]! : generatedIds[place - promptIds.length]!);
    }
  }
}
