// Gives up on a connection over which next to nothing comes.

import type { Clock } from './clock.ts';
import { Interruption } from './errors.ts';

export interface Patience {
  /** How long nothing may come. */
  readonly stallMs: number;
  /** What has to come in that time to count as something. */
  readonly leastBytes: number;
}

export class Watch {
  readonly #clock: Clock;
  readonly #patience: Patience;
  readonly #controller = new AbortController();
  #cancel: () => void = () => {};
  #bytes = 0;

  constructor(clock: Clock, patience: Patience) {
    this.#clock = clock;
    this.#patience = patience;
    this.#begin();
  }

  /** Aborts with an `Interruption`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  saw(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The reply has begun: what follows has the whole time again. */
  answered(): void {
    this.#cancel();
    this.#begin();
  }

  end(): void {
    this.#cancel();
  }

  #begin(): void {
    const { stallMs, leastBytes } = this.#patience;
    this.#bytes = 0;
    this.#cancel = this.#clock.after(stallMs, () => {
      if (this.#bytes >= leastBytes) return this.#begin();
      const what = this.#bytes === 0 ? 'nothing came' : `only ${this.#bytes} bytes came`;
      this.#controller.abort(new Interruption(`${what} for ${stallMs / 1000} s`));
    });
  }
}
