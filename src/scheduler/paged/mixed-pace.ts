// How many tokens of prompts go into the next mixed step, so that those who read along keep their
// pace: as with rows, each prompt that could begin gets as long as one decode step takes. There two
// steps take turns; here it is one, as long as both. Is told how long steps took, and looks at no
// clock.

import { TypicalTime } from '../../typical-time.ts';
import { leastTokens, longestStepMs } from '../pace.ts';
import { exception, RunTime } from '../run-time.ts';

/** The most tokens of a step: as many as asked for, if that leaves some to a prompt beside a crowd. */
export function stepTokensFor(chunkTokens: number, mostSequences: number): number {
  return Math.max(chunkTokens, mostSequences + leastTokens);
}

export class MixedPace {
  readonly #stepTokens: number;
  readonly #mixed = new RunTime();
  readonly #decode = new TypicalTime(exception);

  /** The most tokens of a step. */
  constructor(stepTokens: number) {
    this.#stepTokens = stepTokens;
  }

  /** A step with prompts in it took so long, in milliseconds; 0 where nobody looked. */
  noteMixed(tokenCount: number, ms: number): void {
    this.#mixed.note(tokenCount, ms);
  }

  /** A step without any did. */
  noteDecode(ms: number): void {
    this.#decode.note(ms);
  }

  /**
   * Tokens of prompts, beside those of so many decoding sequences, for so many prompts that are in
   * prefill or could be. As many as may be, while nothing is known.
   */
  budget(promptCount: number, decodingCount: number): number {
    const most = this.#stepTokens - decodingCount;
    if (!this.#mixed.isKnown) return most;
    const within = this.#mixed.tokensWithin(this.#stepMs(promptCount, decodingCount));
    return Math.min(most, Math.max(leastTokens, Math.floor(within) - decodingCount));
  }

  #stepMs(promptCount: number, decodingCount: number): number {
    if (decodingCount === 0 || this.#decode.ms === 0) return longestStepMs;
    return Math.min(this.#decode.ms * (1 + promptCount), longestStepMs);
  }
}
