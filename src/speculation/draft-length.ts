// How many tokens to draft. The rule: of the lengths that the budget affords, the one with the most
// expected tokens for what the run costs, if that is more than the one token of an ordinary step.
//
//   p              the rate at which drafts like this one were accepted in this text
//   cost(k)        of a run that checks k tokens, in ordinary steps, as measured
//   expected(k)    1 + p + p² + ... + p^k: what is drawn after the last accepted token counts, too
//
//   k = the one with the largest expected(k) / cost(k), among those with cost(k) - 1 <= budget
//
// It follows that a draft accepted whole is followed by longer ones at once (it raises p and the
// budget), that rejections shorten drafts until none is made, and that a text that never repeats
// itself is slower by no more than the budget gives and one run that was dearer than expected. The
// first step of all is an ordinary one, so that costs can be measured. Times are arguments.

import { AcceptanceRate } from './acceptance-rate.ts';
import { DraftBudget } from './draft-budget.ts';
import { StepCost } from './step-cost.ts';

export class DraftLength {
  readonly #rate = new AcceptanceRate();
  readonly #budget = new DraftBudget();
  readonly #cost = new StepCost();

  /** Another text begins. What runs cost is still true. */
  clear(): void {
    this.#rate.clear();
    this.#budget.clear();
  }

  /** 0 .. limit; 0: an ordinary step is better. */
  choose(matchLength: number, limit: number): number {
    if (!this.#cost.isTold) return 0;
    const rate = this.#rate.of(matchLength);
    let best = 0;
    let bestSpeed = 1;
    let chance = 1;
    let expected = 1;
    for (let count = 1; count <= limit; count += 1) {
      chance *= rate;
      expected += chance;
      const cost = this.#cost.of(count);
      if (!this.#budget.affords(cost)) break;
      if (expected / cost > bestSpeed) {
        best = count;
        bestSpeed = expected / cost;
      }
    }
    return best;
  }

  /** An ordinary step of this text took that long. */
  ordinary(ms: number): void {
    this.#cost.ordinary(ms);
    this.#budget.earn();
    this.#rate.fade();
  }

  /** A draft was checked in that time. */
  checked(matchLength: number, draftCount: number, acceptedCount: number, ms: number): void {
    const cost = this.#cost.checked(draftCount, ms);
    // With an accepted stop token it gave one less, but then nothing follows that could be drafted.
    this.#budget.settle(acceptedCount + 1, cost);
    this.#rate.record(matchLength, draftCount, acceptedCount);
  }
}
