// What drafts may cost a text, in ordinary steps. Each ordinary step earns a little, each draft what it
// gained or lost; one that could lose more than there is, is not made. So a text of n tokens is slower
// by drafts that fail by 0.25 + 0.02 n steps at most, however they fail (and by what the first runs
// cost more than was expected of them).

const earnedPerStep = 0.02;
const firstBalance = 0.25;

/** More is not saved up: past gains are no reason to go on with drafts that fail. */
const largestBalance = 4;

export class DraftBudget {
  #balance = firstBalance;

  clear(): void {
    this.#balance = firstBalance;
  }

  /** Whether a run of this cost could be paid for if all of its draft were rejected. */
  affords(cost: number): boolean {
    return cost - 1 <= this.#balance;
  }

  earn(): void {
    this.#add(earnedPerStep);
  }

  /** A run of this cost gave so many tokens, each of them worth an ordinary step. */
  settle(tokenCount: number, cost: number): void {
    this.#add(tokenCount - cost);
  }

  #add(steps: number): void {
    this.#balance = Math.min(this.#balance + steps, largestBalance);
  }
}
