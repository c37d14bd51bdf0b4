// What drafts may cost a text, in ordinary steps. Each ordinary step earns a little, each draft what it
// gained or lost; one that is expected to cost more than there is if all of it fails, is not made. A
// run that costs more than was expected leaves a debt, and there is no draft until it is paid. So
// drafts make a text of n tokens slower by no more than 0.25 + 0.02 n steps and the debt of one run,
// the largest, however they fail. A run costs 1 to 8 ordinary steps, as measured: what it takes beyond
// that nobody pays for.

const earnedPerStep = 0.02;
const firstBalance = 0.25;

/** More is not saved up: past gains are no reason to go on with drafts that fail. */
const largestBalance = 4;

export class DraftBudget {
  #balance = firstBalance;

  clear(): void {
    this.#balance = firstBalance;
  }

  /** Whether a run that is expected to cost this could be paid for if all of its draft were rejected. */
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
