// How long a prefill step of so many tokens takes, learned from those that went before: a line
// through their mean, fixed cost + tokens x slope. Old steps are forgotten, one that took much longer
// or shorter than expected counts as an exception first, and the slope stays within what a processor
// can be like; so the line is positive and rises, whatever it is told.

import { isMeasured } from '../measured-time.ts';

/**
 * What a run costs before its first token, in tokens, as far as nothing is measured: to read four
 * bytes and to do two operations take the same time at some 15 to 25 tokens on the processors tried,
 * and with 8-bit weights both get faster.
 */
const expectedTokensPerRun = 16;
const mostTokensPerRun = 64;

/** How much each step leaves of those before it. */
const remembered = 0.85;

/** A step counts as no more than so many times as long, or as short, as was expected. */
export const exception = 3;

/** Steps whose lengths differ by more than this tell the slope better than the expectation does. */
const tellingSpread = 32;

export class RunTime {
  // Sums over the steps, each weighted by how old it is.
  #weight = 0;
  #tokens = 0;
  #ms = 0;
  #squares = 0;
  #products = 0;

  get isKnown(): boolean {
    return this.#weight > 0;
  }

  /** A step of so many tokens, padding included, took so long. What no clock gives says nothing. */
  note(tokenCount: number, ms: number): void {
    if (!isMeasured(ms)) return;
    const expected = this.isKnown ? this.msOf(tokenCount) : ms;
    const counted = Math.min(Math.max(ms, expected / exception), expected * exception);
    this.#weight = this.#weight * remembered + 1;
    this.#tokens = this.#tokens * remembered + tokenCount;
    this.#ms = this.#ms * remembered + counted;
    this.#squares = this.#squares * remembered + tokenCount * tokenCount;
    this.#products = this.#products * remembered + tokenCount * counted;
  }

  /** Expected of a step, once something is known. */
  msOf(tokenCount: number): number {
    return this.#meanMs + this.#slope * (tokenCount - this.#meanTokens);
  }

  /** How many tokens take so long; less than none where not even a run's fixed cost fits. */
  tokensWithin(ms: number): number {
    return this.#meanTokens + (ms - this.#meanMs) / this.#slope;
  }

  /** How many tokens more take as long as a run's fixed cost. */
  get tokensPerRun(): number {
    return this.isKnown ? Math.max(0, -this.tokensWithin(0)) : expectedTokensPerRun;
  }

  get #meanMs(): number {
    return this.#ms / this.#weight;
  }

  get #meanTokens(): number {
    return this.#tokens / this.#weight;
  }

  /** Milliseconds per token, from the steps as far as their lengths differ. */
  get #slope(): number {
    const [meanMs, meanTokens] = [this.#meanMs, this.#meanTokens];
    const slopeWith = (tokensPerRun: number) => meanMs / (meanTokens + tokensPerRun);
    const variance = Math.max(0, this.#squares / this.#weight - meanTokens * meanTokens);
    const covariance = this.#products / this.#weight - meanTokens * meanMs;
    const prior = tellingSpread * tellingSpread;
    const found = (covariance + prior * slopeWith(expectedTokensPerRun)) / (variance + prior);
    return Math.min(Math.max(found, slopeWith(mostTokensPerRun)), slopeWith(0));
  }
}
