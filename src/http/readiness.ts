// Whether the server would take work now: loaded, not stopping, and with an engine that gets on with
// what it has.

import type { Engine } from '../engine/engine.ts';
import { ServeError } from '../errors.ts';
import type { Completions } from './completion/completions.ts';

export class Readiness {
  readonly #completions: Completions;
  readonly #engine: Engine;
  readonly #nowMs: () => number;
  readonly #stallTimeoutMs: number;

  constructor(
    completions: Completions,
    engine: Engine,
    nowMs: () => number,
    stallTimeoutMs: number,
  ) {
    this.#completions = completions;
    this.#engine = engine;
    this.#nowMs = nowMs;
    this.#stallTimeoutMs = stallTimeoutMs;
  }

  /** Throws `ServeError`: engine_stopped, draining, engine_stalled. */
  check(): void {
    this.#completions.checkReady();
    const { lastProgressMs } = this.#engine;
    if (lastProgressMs === null) return;
    const silentMs = this.#nowMs() - lastProgressMs;
    if (silentMs < this.#stallTimeoutMs) return;
    throw new ServeError(
      'engine_stalled',
      `the engine has work and has not got on with it for ${Math.floor(silentMs / 1000)} s`,
    );
  }

  get isReady(): boolean {
    try {
      this.check();
      return true;
    } catch {
      return false;
    }
  }
}
