// Time that stands still until it is told to go on. Whoever sleeps wakes up at once, and no later.

import type { Clock } from '../../src/hub/clock.ts';

export class TestClock implements Clock {
  readonly slept: number[] = [];
  readonly #timers = new Set<{ readonly at: number; readonly act: () => void }>();
  #now = Date.now();

  now(): number {
    return this.#now;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.slept.push(milliseconds);
    await new Promise((resolve) => setImmediate(resolve));
  }

  after(milliseconds: number, act: () => void): () => void {
    const timer = { at: this.#now + milliseconds, act };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.act();
    }
    this.#now = until;
  }
}
