// The prompt in prefill, and the plan of its next chunk. One prompt is finished before the next
// begins. With the last chunk the forks that wait behind it get rows of their own, as many as there
// are; what is left of them goes back into the queue.

import { invariant } from '../errors.ts';
import type { RowCopy } from '../kv/row-cache.ts';
import { chunkLength } from './chunks.ts';
import type { PrefillPlan } from './plan.ts';
import type { Queue } from './queue.ts';
import type { Running } from './running.ts';
import type { Sequence } from './sequence.ts';

export interface PrefillLimits {
  readonly maxRunning: number;
  readonly chunkTokens: number;
}

export class PrefillRun {
  readonly #queue: Queue;
  readonly #running: Running;
  readonly #limits: PrefillLimits;
  #sequence: Sequence | null = null;

  constructor(queue: Queue, running: Running, limits: PrefillLimits) {
    invariant(limits.maxRunning > 0, 'something may run');
    invariant(limits.chunkTokens > 1, 'a chunk of one token would use the decode kernel');
    this.#queue = queue;
    this.#running = running;
    this.#limits = limits;
  }

  get sequence(): Sequence | null {
    return this.#sequence;
  }

  get hasWork(): boolean {
    return this.#sequence !== null || (this.#queue.hasNext && this.#hasRoom);
  }

  plan(): PrefillPlan {
    const copies: RowCopy[] = [];
    this.#sequence ??= this.#begin(copies);
    const sequence = this.#sequence;
    const { row, promptIds } = sequence;
    const start = this.#running.cache.rows.tokenCount(row);
    const end = start + chunkLength(promptIds.length, start, this.#limits.chunkTokens);
    const isLast = end === promptIds.length;
    const forks = isLast ? this.#beginForks(sequence, copies) : [];
    return {
      kind: 'prefill',
      row,
      copies,
      start,
      tokens: promptIds.subarray(start, end), // [tokens]
      isLast,
      sequence,
      forks,
    };
  }

  /** The prompt is complete, or given up. Who waited for it and got no row waits for himself. */
  end(): void {
    invariant(this.#sequence !== null, 'a prompt is in prefill');
    this.#queue.disband(this.#sequence);
    this.#sequence = null;
  }

  get #hasRoom(): boolean {
    const { cache, count } = this.#running;
    return count < this.#limits.maxRunning && cache.hasRoom;
  }

  #begin(copies: RowCopy[]): Sequence {
    const sequence = this.#queue.next();
    for (const fork of this.#queue.forksOf(sequence)) sequence.scoreFor(fork);
    this.#running.admit(sequence, copies);
    return sequence;
  }

  #beginForks(leader: Sequence, copies: RowCopy[]): Sequence[] {
    const begun: Sequence[] = [];
    for (const fork of [...this.#queue.forksOf(leader)]) {
      if (!this.#hasRoom) break;
      this.#queue.remove(fork);
      this.#running.admitFork(fork, leader, copies);
      begun.push(fork);
    }
    return begun;
  }
}
