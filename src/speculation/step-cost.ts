// What a run costs that checks a draft, in ordinary steps: runs for one token of the same sequence.
// Learned from measured times as a line through 1 with the least squares, long drafts counting most. To
// the line a time that is far from what was expected counts as less far, and what was measured is
// forgotten by and by: a machine that was busy once must not keep drafts from being tried again.

import { isMeasured } from '../measured-time.ts';
import { TypicalTime } from '../typical-time.ts';

/** Of the first line, before anything is measured: GPT-2 124M in fp32 on a CPU. */
const firstPerToken = 0.1;

/** The first line counts as a draft of so many tokens, squared. */
const firstWeight = 16;

/** What is left of the measured costs after another one, and after an ordinary step. */
const keptPerDraft = 0.9;
const keptPerStep = 0.995;

/** To the line, and to the time of ordinary steps, one counts as no more than so often the expected. */
const mostOfExpected = 2;

/** A run costs no more than so many ordinary steps: beyond that it is not the draft that took so long. */
export const mostCost = 8;

export class StepCost {
  #isTold = false;
  readonly #ordinary = new TypicalTime(mostOfExpected);
  #weightedCosts = 0; // Σ count · (cost - 1)
  #weights = 0; // Σ count²

  /** Whether an ordinary step was made, with which others can be compared. */
  get isTold(): boolean {
    return this.#isTold;
  }

  /** What a run is expected to cost that checks so many tokens. */
  of(draftCount: number): number {
    const costs = this.#weightedCosts + firstWeight * firstPerToken;
    return 1 + (costs / (this.#weights + firstWeight)) * draftCount;
  }

  /** An ordinary step took that long. */
  ordinary(ms: number): void {
    this.#isTold = true;
    this.#keep(keptPerStep);
    this.#ordinary.note(ms);
  }

  /**
   * A run that checked so many tokens took that long. Returns what it cost, 1 .. `mostCost`; what was
   * expected where no time was measured.
   */
  checked(draftCount: number, ms: number): number {
    const expected = this.of(draftCount);
    if (!isMeasured(ms) || this.#ordinary.ms === 0) return expected;
    const cost = Math.max(ms / this.#ordinary.ms, 1);
    const counted = Math.min(cost, mostOfExpected * expected);
    this.#keep(keptPerDraft);
    this.#weightedCosts += draftCount * (counted - 1);
    this.#weights += draftCount * draftCount;
    return Math.min(cost, mostCost);
  }

  #keep(share: number): void {
    this.#weightedCosts *= share;
    this.#weights *= share;
  }
}
