// What a run costs that checks a draft, in ordinary steps: runs for one token of the same sequence.
// Learned from measured times as a line through 1. A time that is far from what was expected is
// counted as less far, since it says more of the machine than of the run.

/** Of the first line, before anything is measured: GPT-2 124M in fp32 on a CPU. */
const firstPerToken = 0.1;

/** What a new measurement counts against all before it. */
const newShare = 0.2;

/** A time counts as no more than so many times what was expected. */
const mostOfExpected = 2;

export class StepCost {
  /** 0 while none was measured. */
  #ordinaryMs = 0;
  #perToken = firstPerToken;

  /** What a run is expected to cost that checks so many tokens. */
  of(draftCount: number): number {
    return 1 + this.#perToken * draftCount;
  }

  /** An ordinary step took that long. */
  ordinary(ms: number): void {
    if (!(ms > 0)) return;
    const known = this.#ordinaryMs === 0 ? ms : this.#ordinaryMs;
    this.#ordinaryMs = known + newShare * (Math.min(ms, mostOfExpected * known) - known);
  }

  /** A run that checked so many tokens took that long; returns what it cost. */
  checked(draftCount: number, ms: number): number {
    const expected = this.of(draftCount);
    if (!(ms > 0) || this.#ordinaryMs === 0) return expected;
    const measured = ms / this.#ordinaryMs;
    const cost = Math.min(Math.max(measured, 1), mostOfExpected * expected);
    this.#perToken += newShare * ((cost - 1) / draftCount - this.#perToken);
    return cost;
  }
}
