// How the engine is doing, once a second for as long as somebody looks.

import { byId } from './element.ts';
import { type EngineState, engineState } from './exposition.ts';
import { mostPoints, sparkline } from './sparkline.ts';
import { Trouble } from './trouble.ts';

const everyMs = 1000;

interface Reading {
  readonly state: EngineState;
  readonly atMs: number;
}

export class EngineStrip {
  readonly #read: () => Promise<string>;
  readonly #rates: number[] = [];
  #last: Reading | null = null;
  #timer = 0;
  #isReading = false;

  constructor(read: () => Promise<string>) {
    this.#read = read;
    this.#draw();
    document.addEventListener('visibilitychange', () => this.start());
  }

  /** Also to be called when there is a new key. */
  start(): void {
    clearTimeout(this.#timer);
    if (document.hidden) this.#last = null;
    else if (!this.#isReading) void this.#tick();
  }

  async #tick(): Promise<void> {
    this.#isReading = true;
    let goesOn = true;
    try {
      this.#show({ state: engineState(await this.#read()), atMs: performance.now() });
    } catch (error) {
      this.#last = null;
      const needsKey = error instanceof Trouble && error.kind === 'key';
      goesOn = !needsKey;
      this.#say(needsKey ? 'needs a key' : 'cannot be reached');
    } finally {
      this.#isReading = false;
    }
    if (goesOn && !document.hidden) this.#timer = setTimeout(() => void this.#tick(), everyMs);
  }

  #say(trouble: string): void {
    const strip = byId('engine');
    strip.classList.toggle('troubled', trouble !== '');
    byId('engine-trouble').textContent = trouble;
  }

  #show(reading: Reading): void {
    const { state } = reading;
    this.#say('');
    byId('engine-running').textContent = String(state.runningCount);
    byId('engine-waiting').textContent = String(state.waitingCount);
    byId('engine-cache').textContent =
      state.rows === null
        ? `${Math.round(state.usedShare * 100)} %`
        : `${state.rows.usedCount} of ${state.rows.count} rows`;
    if (this.#last !== null) this.#addRate(reading, this.#last);
    this.#last = reading;
  }

  #addRate(now: Reading, before: Reading): void {
    const generated = now.state.generatedCount - before.state.generatedCount;
    // A server that was started anew counts from zero.
    const rate = Math.max(0, generated) / ((now.atMs - before.atMs) / 1000);
    this.#rates.push(rate);
    if (this.#rates.length > mostPoints) this.#rates.shift();
    byId('engine-rate').textContent = rate.toFixed(0);
    this.#draw();
  }

  #draw(): void {
    byId('engine-curve').setAttribute('d', sparkline(this.#rates));
  }
}
