// Whose turn it is when prompts and decoding sequences both have work: so many prefill chunks, then
// so many decode steps, so that neither new texts nor running ones starve. Whoever has work alone
// runs alone, and yields as soon as the other side has something to do.

import { invariant } from '../errors.ts';

export type Phase = 'prefill' | 'decode';

export class Turns {
  readonly #chunksPerTurn: number;
  readonly #decodesPerTurn: number;
  #phase: Phase = 'decode';
  #stepsInPhase = Number.POSITIVE_INFINITY; // before the first step decoding counts as done

  constructor(chunksPerTurn: number, decodesPerTurn: number) {
    invariant(chunksPerTurn > 0 && decodesPerTurn > 0, 'neither side starves');
    this.#chunksPerTurn = chunksPerTurn;
    this.#decodesPerTurn = decodesPerTurn;
  }

  /** The phase of the next step, which is then counted; null when nobody has work. */
  next(canPrefill: boolean, canDecode: boolean): Phase | null {
    if (!canPrefill && !canDecode) return null;
    const phase = canPrefill && canDecode ? this.#choose() : canPrefill ? 'prefill' : 'decode';
    this.#stepsInPhase = phase === this.#phase ? this.#stepsInPhase + 1 : 1;
    this.#phase = phase;
    return phase;
  }

  #choose(): Phase {
    if (this.#phase === 'prefill') {
      return this.#stepsInPhase < this.#chunksPerTurn ? 'prefill' : 'decode';
    }
    return this.#stepsInPhase < this.#decodesPerTurn ? 'decode' : 'prefill';
  }
}
