// The verify plan, written anew for each step into the same memory: where a sequence runs alone, and
// somebody drafts how it may go on. A draft ends with the sequence: at its limit, and at a stop token.

import { invariant } from '../errors.ts';
import type { TextSoFar } from '../sampling/text-so-far.ts';
import type { StepAnswers, VerifyPlan } from './plan.ts';
import type { Running } from './running.ts';
import type { Sequence } from './sequence.ts';

/** Who drafts. Learns from what becomes of it, and from how long steps take. */
export interface Drafter {
  /** The first tokens are valid, as many as `draftFor` said. */
  readonly draft: Int32Array; // [most]
  /** How many tokens are drafted, `limit` at most; 0: an ordinary step is better. */
  draftFor(text: TextSoFar, limit: number): number;
  /** An ordinary step of a text alone took that long. */
  stepped(text: TextSoFar, ms: number): void;
  /** Of the last draft so many tokens were verified, so many accepted, in that time. */
  checked(draftCount: number, acceptedCount: number, ms: number): void;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export class VerifyRun {
  readonly #running: Running;
  readonly #drafter: Drafter;
  readonly #tokens: Int32Array; // [longest draft + 1]
  #plan: Writable<VerifyPlan> | null = null;

  constructor(running: Running, drafter: Drafter) {
    this.#running = running;
    this.#drafter = drafter;
    this.#tokens = new Int32Array(drafter.draft.length + 1);
  }

  /** Somebody decodes. Null where others run, too, or an ordinary step is better. */
  plan(): VerifyPlan | null {
    if (this.#running.count !== 1) return null;
    const sequence = this.#running.at(this.#running.firstDecodingRow())!;
    // What is drawn after the draft is one token more.
    const limit = sequence.remainingTokens - 1;
    if (limit < 1) return null;
    const draftCount = this.#untilStop(sequence, this.#drafter.draftFor(sequence, limit));
    if (draftCount === 0) return null;
    invariant(draftCount <= limit, 'a draft ends before its sequence does');
    this.#tokens[0] = sequence.lastToken;
    for (let index = 0; index < draftCount; index += 1) {
      this.#tokens[index + 1] = this.#drafter.draft[index]!;
    }
    sequence.foresee(this.#tokens.subarray(1, draftCount + 1));
    return this.#write(sequence, draftCount + 1);
  }

  /** A sequence made an ordinary step alone. */
  stepped(sequence: Sequence, ms: number): void {
    this.#drafter.stepped(sequence, ms);
  }

  checked(plan: VerifyPlan, { draftPickCount, acceptedCount }: StepAnswers, ms: number): void {
    const draftCount = plan.tokenCount - 1;
    const isInPlan = draftPickCount > 0 && draftPickCount <= plan.tokenCount;
    const isPicked = acceptedCount === draftPickCount || acceptedCount === draftPickCount - 1;
    invariant(isInPlan, 'a draft brings a token or more');
    invariant(isPicked && acceptedCount <= draftCount, 'what is accepted is drafted and picked');
    this.#drafter.checked(draftCount, acceptedCount, ms);
  }

  #untilStop(sequence: Sequence, draftCount: number): number {
    for (let index = 0; index < draftCount; index += 1) {
      if (sequence.endsWith(this.#drafter.draft[index]!)) return index + 1;
    }
    return draftCount;
  }

  #write(sequence: Sequence, tokenCount: number): VerifyPlan {
    const { row } = sequence;
    const start = this.#running.cache.rows.tokenCount(row);
    this.#plan ??= {
      kind: 'verify',
      sequence,
      row,
      start,
      tokens: this.#tokens,
      tokenCount,
      copies: [],
    };
    this.#plan.sequence = sequence;
    this.#plan.row = row;
    this.#plan.start = start;
    this.#plan.tokenCount = tokenCount;
    return this.#plan;
  }
}
