// Who leaves the queue. The order of the line is kept: a prompt begins when there are blocks for all
// of it, for what those in prefill still need, and for everybody who runs to go on for a while; so
// that hardly anybody has to give up what was computed. Who is alone always begins. Whose prompt is
// for the most part being computed for another waits for that.

import type { BlockCopy } from '../../kv/blocks/block-copy.ts';
import { sharedLength } from '../../kv/prefixes.ts';
import type { Queue } from '../queue.ts';
import type { Sequence } from '../sequence.ts';
import { type PagedRunning, queryOf } from './paged-running.ts';

export class Admission {
  readonly #queue: Queue;
  readonly #running: PagedRunning;

  constructor(queue: Queue, running: PagedRunning) {
    this.#queue = queue;
    this.#running = running;
  }

  /** How many could begin if blocks were no matter; forks come with their leaders. */
  get mostPrompts(): number {
    const { count, slotCount } = this.#running;
    return Math.min(this.#queue.line.length, slotCount - count);
  }

  /** Starts the next in line; null where there is none, or no room. `forkCount` come with others. */
  next(forkCount: number, copies: BlockCopy[]): Sequence | null {
    const { cache, count, slotCount } = this.#running;
    const sequence = this.#queue.line[0];
    if (sequence === undefined || count + forkCount >= slotCount) return null;
    for (const fork of this.#queue.forksOf(sequence)) sequence.scoreFor(fork);
    const match = cache.match(queryOf(sequence));
    if (this.#isBeingComputed(sequence, match.tokenCount)) return null;
    const length = sequence.prefillIds.length;
    const needed = cache.cost(match, length) + this.#growth(sequence, cache.blocksFor(length));
    if (count > 0 && cache.availableCount < this.#promised() + needed + forkCount) return null;
    this.#queue.next();
    this.#running.start(sequence, match, copies);
    return sequence;
  }

  /** Starts the forks of a prompt that is complete after this step, as many as there is room for. */
  forksOf(leader: Sequence): Sequence[] {
    const begun: Sequence[] = [];
    for (const fork of [...this.#queue.forksOf(leader)]) {
      const { cache, count, slotCount } = this.#running;
      // Each soon writes to a block of its own.
      if (count >= slotCount || cache.availableCount <= this.#promised()) break;
      this.#queue.remove(fork);
      this.#running.startFork(fork);
      begun.push(fork);
    }
    return begun;
  }

  /** Whether those in prefill will spare a prompt half of what it does not find yet, or more. */
  #isBeingComputed(sequence: Sequence, foundCount: number): boolean {
    const { prefilling, cache } = this.#running;
    if (!cache.reusesPrefixes) return false;
    const ids = sequence.prefillIds;
    return prefilling.some((other) => {
      if (!other.isOfUseTo(sequence)) return false;
      const spared = Math.min(sharedLength(other.prefillIds, ids), ids.length - 1) - foundCount;
      return spared > 0 && 2 * spared >= ids.length - foundCount;
    });
  }

  /** Blocks that those who run need for their prompts, and one more for each who grows beyond them. */
  #promised(): number {
    const { cache, slotCount } = this.#running;
    let count = 0;
    for (let slot = 0; slot < slotCount; slot += 1) {
      const sequence = this.#running.at(slot);
      if (sequence === null) continue;
      const held = cache.tables.blockCount(slot);
      const prefilled = held === 0 ? 0 : cache.blocksFor(sequence.prefillIds.length);
      count += Math.max(prefilled - held, 0) + this.#growth(sequence, Math.max(prefilled, held));
    }
    return count;
  }

  /** Of so many blocks; one is enough for a while. */
  #growth({ promptIds, maxTokens }: Sequence, blockCount: number): number {
    const { cache } = this.#running;
    // The last token is generated, and never written.
    return cache.blocksFor(promptIds.length + maxTokens - 1) > blockCount ? 1 : 0;
  }
}
