// The prompts in prefill, and the plan of the next chunk. One prompt is finished before the next
// begins, unless several that are short begin and end in one step. With its last chunk the forks that
// wait behind a prompt get rows of their own, as many as there are; what is left of them goes back
// into the queue.

import { invariant } from '../errors.ts';
import type { RowCopy } from '../kv/row-cache.ts';
import { batchLength } from './batch.ts';
import { chunkLength } from './chunks.ts';
import type { PrefillBudget } from './pace.ts';
import type { PrefillPlan, PromptChunk } from './plan.ts';
import type { Queue } from './queue.ts';
import type { Running } from './running.ts';
import type { Sequence } from './sequence.ts';

export class PrefillRun {
  readonly #queue: Queue;
  readonly #running: Running;
  readonly #maxRunning: number;
  /** One that has more chunks to come, or all that the plan which is carried out finishes. */
  #sequences: Sequence[] = [];

  constructor(queue: Queue, running: Running, maxRunning: number) {
    invariant(maxRunning > 0, 'something may run');
    this.#queue = queue;
    this.#running = running;
    this.#maxRunning = maxRunning;
  }

  get count(): number {
    return this.#sequences.length;
  }

  has(sequence: Sequence): boolean {
    return this.#sequences.includes(sequence);
  }

  get hasWork(): boolean {
    return this.promptCount > 0;
  }

  /** Those in prefill, and those that wait and could have a row; forks come with their leaders. */
  get promptCount(): number {
    return this.count + Math.max(0, Math.min(this.#queue.line.length, this.#room));
  }

  /** There is work. */
  plan(budget: PrefillBudget): PrefillPlan {
    invariant(this.count <= 1, 'prompts that share a step end with it');
    const copies: RowCopy[] = [];
    if (this.count === 0) this.#begin(budget, copies);
    const chunks = this.#sequences.map((sequence) => {
      return this.#chunkOf(sequence, budget, copies);
    });
    const width = chunks.reduce((most, { tokens }) => Math.max(most, tokens.length), 0);
    return { kind: 'prefill', firstRow: this.#sequences[0]!.row, copies, chunks, width };
  }

  /** A prompt is complete, or given up. Who waited for it and got no row waits for himself. */
  end(sequence: Sequence): void {
    invariant(this.has(sequence), 'a prompt that ends is in prefill');
    this.#queue.disband(sequence);
    this.#sequences.splice(this.#sequences.indexOf(sequence), 1);
  }

  get #room(): number {
    const { cache, count } = this.#running;
    return Math.min(this.#maxRunning - count, cache.rows.rowCount - cache.rows.usedRowCount);
  }

  /** The next prompt alone, or several of the next ones at once. */
  #begin(budget: PrefillBudget, copies: RowCopy[]): void {
    const { cache } = this.#running;
    const forkCount = (sequence: Sequence) => this.#queue.forksOf(sequence).length;
    const count = batchLength(this.#queue.line, forkCount, cache, {
      ...budget,
      rows: this.#room,
      rowsSideBySide: cache.roomSideBySide(this.#room),
    });
    for (let taken = 0; taken < count; taken += 1) {
      const sequence = this.#queue.next();
      for (const fork of this.#queue.forksOf(sequence)) sequence.scoreFor(fork);
      this.#sequences.push(sequence);
    }
    if (count === 1) this.#running.admit(this.#sequences[0]!, copies);
    else this.#running.admitBatch(this.#sequences, copies);
  }

  #chunkOf(sequence: Sequence, budget: PrefillBudget, copies: RowCopy[]): PromptChunk {
    const { row, promptIds } = sequence;
    const start = this.#running.cache.rows.tokenCount(row);
    const end = start + chunkLength(promptIds.length, start, budget.tokens, budget.mostTokens);
    const isLast = end === promptIds.length;
    const forks = isLast ? this.#beginForks(sequence, copies) : [];
    return { sequence, start, tokens: promptIds.subarray(start, end), isLast, forks };
  }

  #beginForks(leader: Sequence, copies: RowCopy[]): Sequence[] {
    const begun: Sequence[] = [];
    for (const fork of [...this.#queue.forksOf(leader)]) {
      if (this.#room <= 0) break;
      this.#queue.remove(fork);
      this.#running.admitFork(fork, leader, copies);
      begun.push(fork);
    }
    return begun;
  }
}
