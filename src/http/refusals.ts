// Counts what was turned away before any work was done for it. An error passes several places on its
// way out; it counts at the first, and only if no work was lost with it.

import { ServeError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';

export class Refusals {
  readonly #metrics: Metrics;
  readonly #known = new WeakSet<ServeError>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  count(error: unknown): void {
    if (!(error instanceof ServeError) || this.#known.has(error)) return;
    this.#known.add(error);
    this.#metrics.requests.rejected(error.code);
  }

  /** It ended work that was under way, so it is none. */
  except(error: unknown): void {
    if (error instanceof ServeError) this.#known.add(error);
  }
}
