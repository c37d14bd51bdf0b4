// The sequences that hold blocks of the paged cache, each with a table of its own. Keeps them and the
// tables in step.

import { invariant } from '../../errors.ts';
import type { BlockCache } from '../../kv/blocks/block-cache.ts';
import type { BlockCopy } from '../../kv/blocks/block-copy.ts';
import type { PrefixQuery } from '../../kv/blocks/prefix-node.ts';
import type { PrefixMatch } from '../../kv/blocks/prefix-tree.ts';
import type { Outcome } from '../outcome.ts';
import { isBefore } from '../queue.ts';
import type { Sequence } from '../sequence.ts';

export class PagedRunning {
  readonly cache: BlockCache;
  readonly #outcome: Outcome;
  readonly #bySlot: (Sequence | null)[]; // [slots]
  readonly #prefilling: Sequence[] = [];
  #count = 0;
  #preemptionCount = 0;

  constructor(cache: BlockCache, outcome: Outcome) {
    this.cache = cache;
    this.#outcome = outcome;
    this.#bySlot = new Array<Sequence | null>(cache.tables.slotCount).fill(null);
  }

  get slotCount(): number {
    return this.#bySlot.length;
  }

  get count(): number {
    return this.#count;
  }

  /** Since the start. */
  get preemptionCount(): number {
    return this.#preemptionCount;
  }

  get decodingCount(): number {
    return this.#count - this.#prefilling.length;
  }

  /**
   * Those whose prompt is not complete. Between steps one at the most: the next begins only where the
   * one before it is in the same step with all that it has left.
   */
  get prefilling(): readonly Sequence[] {
    return this.#prefilling;
  }

  at(slot: number): Sequence | null {
    return this.#bySlot[slot]!;
  }

  /** Tokens that a sequence still prefills. */
  tokensLeft(sequence: Sequence): number {
    return sequence.prefillIds.length - this.cache.tables.tokenCount(sequence.row);
  }

  /** Who is served last of them all. */
  last(): Sequence {
    let last: Sequence | null = null;
    for (const sequence of this.#bySlot) {
      if (sequence !== null && (last === null || isBefore(last, sequence))) last = sequence;
    }
    invariant(last !== null, 'somebody runs');
    return last;
  }

  /** Gives a sequence from the queue a table, and what the cache keeps of its prompt. */
  start(sequence: Sequence, match: PrefixMatch, copies: BlockCopy[]): void {
    const slot = this.#enter(sequence, match.tokenCount);
    this.#prefilling.push(sequence);
    this.cache.open(slot, queryOf(sequence), match, copies, !sequence.isResumed);
  }

  /** Gives one a table that gets all of its leader's tokens when the leader's prompt is complete. */
  startFork(fork: Sequence): void {
    this.#enter(fork, fork.promptIds.length);
  }

  /** A prompt is complete, and the forks have it, too. */
  completePrompt(sequence: Sequence, forks: readonly Sequence[]): void {
    this.#prefilling.splice(this.#prefilling.indexOf(sequence), 1);
    for (const fork of forks) this.cache.fork(sequence.row, fork.row);
  }

  /** Takes the blocks from a sequence that is to wait again. */
  preempt(sequence: Sequence): void {
    this.release(sequence, true);
    sequence.preempt();
    this.#preemptionCount += 1;
  }

  /** Takes them from one that ended; what is in them is good for others, unless it failed. */
  release(sequence: Sequence, isGood: boolean): void {
    this.#bySlot[sequence.row] = null;
    this.#count -= 1;
    const place = this.#prefilling.indexOf(sequence);
    if (place >= 0) this.#prefilling.splice(place, 1);
    if (isGood) this.cache.close(sequence.row);
    else this.cache.discard(sequence.row);
  }

  checkIntegrity(): void {
    const { tables } = this.cache;
    this.cache.checkIntegrity();
    let count = 0;
    this.#bySlot.forEach((sequence, slot) => {
      const held = tables.tokenCount(slot);
      if (sequence === null) {
        invariant(held === 0, 'a table that nobody has is empty');
        return;
      }
      count += 1;
      invariant(sequence.row === slot, 'a sequence knows its table');
      const isPrefilling = this.#prefilling.includes(sequence);
      const isOne = isPrefilling === (sequence.phase === 'prefilling');
      invariant(isOne && (isPrefilling || sequence.phase === 'decoding'), 'who has a table runs');
      const length = sequence.promptIds.length + sequence.generatedCount - 1;
      const isHeld = isPrefilling ? held < sequence.prefillIds.length : held === length;
      invariant(isHeld, 'blocks hold the text but its newest token, or a part of the prompt');
    });
    invariant(count === this.#count, 'who runs is counted');
    invariant(this.#prefilling.length <= 1, 'a prompt is complete before the next one is begun');
  }

  #enter(sequence: Sequence, cachedTokenCount: number): number {
    const slot = this.#bySlot.indexOf(null);
    invariant(slot >= 0, 'who runs has a table');
    this.#bySlot[slot] = sequence;
    this.#count += 1;
    if (!sequence.isResumed) this.#outcome.addAdmitted(sequence.id);
    sequence.startPrefill(slot, cachedTokenCount);
    return slot;
  }
}

/** What a sequence looks for in the cache. */
export function queryOf(sequence: Sequence): PrefixQuery {
  const { prefillIds, cacheSalt, promptScores, scoredCount, firstScored } = sequence;
  const prompt = { ids: prefillIds, salt: cacheSalt, scores: promptScores };
  return { prompt, scoredCount, firstScored };
}
