// How long a kind of step takes by now, in milliseconds: a moving average, to which one that took far
// longer than was known counts as so many times that, and no more.

import { isMeasured } from './measured-time.ts';

/** What the newest step says of the next. */
const newestShare = 0.2;

export class TypicalTime {
  readonly #mostOfKnown: number;
  #ms = 0;

  constructor(mostOfKnown: number) {
    this.#mostOfKnown = mostOfKnown;
  }

  /** 0 while none was measured. */
  get ms(): number {
    return this.#ms;
  }

  note(ms: number): void {
    if (!isMeasured(ms)) return;
    const known = this.#ms === 0 ? ms : this.#ms;
    this.#ms = known + newestShare * (Math.min(ms, this.#mostOfKnown * known) - known);
  }
}
