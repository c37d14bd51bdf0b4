// How late the main thread comes to its work: a timer that is due every so often, and how long after
// that it was called. Not by Node's own monitor: to tell milliseconds it has to wake the thread a
// thousand times a second, which takes a twentieth of a processor and the engine's threads out of step.

import { createHistogram } from 'node:perf_hooks';

const everyMs = 20;

export class LoopDelay {
  readonly #delays = createHistogram(); // in microseconds, of which a histogram wants one at least
  readonly #timer: NodeJS.Timeout;
  #dueMs: number;

  constructor() {
    this.#dueMs = performance.now() + everyMs;
    this.#timer = setInterval(() => this.#note(performance.now()), everyMs).unref();
  }

  /** What 99 of 100 delays did not exceed, in milliseconds, since this was last asked. */
  takeP99(): number {
    const p99 = this.#delays.count === 0 ? 0 : this.#delays.percentile(99) / 1000;
    this.#delays.reset();
    return p99;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #note(nowMs: number): void {
    this.#delays.record(Math.max(1, Math.round(1000 * (nowMs - this.#dueMs))));
    this.#dueMs = nowMs + everyMs;
  }
}
