// One choice of a completion: its ids become text, and its text may end before its ids do. Knows which
// of its tokens count, so that what was generated past a stop string is as if it had never been.

import type { TokenBatch } from '../../engine/engine.ts';
import type { FinishReason, PromptNews, TokenScore } from '../../engine/protocol.ts';
import { StopScanner } from '../../tokenizer/stop.ts';
import type { Decoder, Tokenizer } from '../../tokenizer/tokenizer.ts';
import { echo } from './echo.ts';
import type { Ending, Prompt } from './request.ts';
import { type ShownToken, TokenTrail } from './token-trail.ts';

export interface Piece {
  /** Empty while what came cannot be shown yet. */
  readonly text: string;
  /** Where they are asked for; else none. */
  readonly tokens: readonly ShownToken[];
  readonly finish: FinishReason | null;
  /** What ended the text, where that was a stop string or a stop token: that string, or its id. */
  readonly stopReason: string | number | null;
}

export interface ChoiceOptions {
  readonly tokenizer: Tokenizer;
  readonly eosTokenIds: readonly number[];
  readonly ending: Ending;
  /** Whether pieces come with their tokens. */
  readonly keepsTokens: boolean;
  /** What the text begins with; null: with what is generated. */
  readonly echoed: Prompt | null;
}

export class Choice {
  readonly #options: ChoiceOptions;
  readonly #decoder: Decoder;
  readonly #scanner: StopScanner;
  readonly #trail: TokenTrail | null;
  #hasBegun = false;
  #tokenCount = 0;
  #logprobSum = 0;
  #finish: FinishReason | null = null;

  constructor(options: ChoiceOptions) {
    this.#options = options;
    this.#decoder = options.tokenizer.createDecoder('continuation');
    this.#scanner = new StopScanner(options.ending.stopStrings);
    this.#trail = options.keepsTokens ? new TokenTrail() : null;
  }

  get finish(): FinishReason | null {
    return this.#finish;
  }

  /** Tokens that count, so far. */
  get tokenCount(): number {
    return this.#tokenCount;
  }

  /** Of the tokens that count, where scores were asked for. */
  get meanLogprob(): number {
    return this.#logprobSum / Math.max(1, this.#tokenCount);
  }

  /** False where it had finished before. */
  end(reason: FinishReason): boolean {
    if (this.#finish !== null) return false;
    this.#finish = reason;
    return true;
  }

  /** Not to be called once the choice has finished. `news`: of the prompt, for the echo. */
  take({ ids, scores, finish }: TokenBatch, news: PromptNews | null): Piece {
    let text = this.#begin(news);
    for (const [index, id] of ids.entries()) {
      const isStop = finish === 'stop' && index === ids.length - 1;
      text += this.#advance(id, scores[index] ?? null, isStop);
      if (this.#scanner.matched !== null) break;
    }
    if (finish !== null && this.#scanner.matched === null) {
      text += this.#scan(this.#decoder.end());
      text += this.#scanner.end();
    }
    const { matched } = this.#scanner;
    this.#finish = matched === null ? finish : 'stop';
    const tokens = this.#finish === null ? this.#trail?.shown(text) : this.#trail?.end(text);
    const stopReason = matched ?? (finish === 'stop' ? this.#namedStop(ids.at(-1)!) : null);
    return { text, tokens: tokens ?? [], finish: this.#finish, stopReason };
  }

  #begin(news: PromptNews | null): string {
    const { tokenizer, echoed } = this.#options;
    if (this.#hasBegun) return '';
    this.#hasBegun = true;
    return echoed === null ? '' : echo(echoed, news, tokenizer, this.#trail);
  }

  #advance(id: number, score: TokenScore | null, isStop: boolean): string {
    this.#tokenCount++;
    this.#logprobSum += score?.logprob ?? 0;
    this.#trail?.add(id, score);
    const text = this.#hasText(id, isStop) ? this.#decoder.push([id]) : '';
    this.#trail?.decoded(text);
    return this.#scan(text);
  }

  #hasText(id: number, isStop: boolean): boolean {
    const { ending, eosTokenIds, tokenizer } = this.#options;
    const isSpecial = eosTokenIds.includes(id) || tokenizer.isSpecial(id);
    return (!isStop || ending.keepsStop) && (!isSpecial || ending.showsSpecial);
  }

  /** What of the text is now sure to be shown. */
  #scan(text: string): string {
    const { minTokens, keepsStop } = this.#options.ending;
    if (this.#tokenCount <= minTokens) return text;
    const before = this.#scanner.matched;
    const sure = this.#scanner.push(text);
    const { matched } = this.#scanner;
    if (matched === null || matched === before || !keepsStop) return sure;
    // Generated texts have no lone surrogates, so this is what a stop string with one had found.
    return sure + matched.replace(/\p{Surrogate}/gu, '\ufffd');
  }

  #namedStop(id: number): number | null {
    const { ending, eosTokenIds } = this.#options;
    return eosTokenIds.includes(id) && ending.endsAtEos ? null : id;
  }
}
