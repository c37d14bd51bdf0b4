// The mixed plan, made anew for each step: the newest token of everybody who decodes, then as much of
// the prompts as the step may have, those in prefill before those that wait. Where the blocks run
// out, who is served last gives up its own, and waits again; so who is served first always gets on.

import { invariant } from '../../errors.ts';
import type { BlockCopy } from '../../kv/blocks/block-copy.ts';
import type { MixedPlan, Piece } from '../mixed-plan.ts';
import { isBefore, type Queue } from '../queue.ts';
import type { Sequence } from '../sequence.ts';
import { Admission } from './admission.ts';
import { DecodePieces } from './decode-pieces.ts';
import type { MixedPace } from './mixed-pace.ts';
import type { PagedRunning } from './paged-running.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** So many tokens of a sequence's prompt are in the step. */
interface Share {
  readonly sequence: Sequence;
  readonly tokenCount: number;
}

const noForks: readonly Sequence[] = [];

export class MixedRun {
  readonly #queue: Queue;
  readonly #running: PagedRunning;
  readonly #pace: MixedPace;
  readonly #admission: Admission;
  readonly #decodePieces: DecodePieces;
  readonly #pieces: Piece[] = []; // [at most a piece for each table]
  readonly #copies: BlockCopy[] = [];
  readonly #shares: Share[] = [];
  readonly #plan: Writable<MixedPlan>;

  constructor(queue: Queue, running: PagedRunning, pace: MixedPace) {
    this.#queue = queue;
    this.#running = running;
    this.#pace = pace;
    this.#admission = new Admission(queue, running);
    this.#decodePieces = new DecodePieces(running);
    this.#plan = {
      kind: 'mixed',
      pieces: this.#pieces,
      pieceCount: 0,
      decodingCount: 0,
      tokenCount: 0,
      copies: this.#copies,
    };
  }

  /** Somebody runs or waits. */
  plan(): MixedPlan {
    const running = this.#running;
    this.#copies.length = 0;
    this.#makeRoomForDecoding();
    if (running.prefilling.length > 0 || this.#queue.hasNext) this.#sharePrompts();
    const plan = this.#plan;
    const decodingCount = this.#decodePieces.write(this.#pieces);
    plan.decodingCount = decodingCount;
    plan.pieceCount = decodingCount;
    plan.tokenCount = decodingCount;
    for (const share of this.#shares) {
      this.#pieces[plan.pieceCount] = this.#pieceOf(share);
      plan.pieceCount += 1;
      plan.tokenCount += share.tokenCount;
    }
    this.#shares.length = 0;
    invariant(plan.pieceCount > 0, 'who is served first gets on');
    return plan;
  }

  #makeRoomForDecoding(): void {
    const { cache, slotCount } = this.#running;
    for (let slot = 0; slot < slotCount; slot += 1) {
      const sequence = this.#running.at(slot);
      if (sequence === null || sequence.phase !== 'decoding') continue;
      while (cache.makeRoom(slot, 1, this.#copies) === 0) {
        const last = this.#running.last();
        this.#preempt(last);
        if (last === sequence) break;
      }
    }
  }

  /** The one that began goes on; what it leaves is for the next in line. */
  #sharePrompts(): void {
    const { prefilling, decodingCount } = this.#running;
    const promptCount = prefilling.length + this.#admission.mostPrompts;
    let left = this.#pace.budget(promptCount, decodingCount);
    const [begun] = prefilling;
    if (begun !== undefined) left -= this.#share(begun, left);
    let forkCount = this.#forksToBegin();
    while (left > 0) {
      const sequence = this.#admission.next(forkCount, this.#copies);
      if (sequence === null) return;
      left -= this.#share(sequence, left);
      forkCount = this.#forksToBegin();
    }
  }

  /** Returns how many tokens it got. */
  #share(sequence: Sequence, most: number): number {
    const wanted = Math.min(most, this.#running.tokensLeft(sequence));
    const tokenCount = this.#makeRoomForPrompt(sequence, wanted);
    if (tokenCount > 0) this.#shares.push({ sequence, tokenCount });
    return tokenCount;
  }

  /** A little room will do; where there is none, who is served after it makes some. */
  #makeRoomForPrompt(sequence: Sequence, tokenCount: number): number {
    for (;;) {
      const room = this.#running.cache.makeRoom(sequence.row, tokenCount, this.#copies);
      if (room > 0) return room;
      const last = this.#running.last();
      if (!isBefore(sequence, last)) return 0;
      this.#preempt(last);
    }
  }

  /** A copy into its blocks that is made all the same does no harm: copies come before all else. */
  #preempt(sequence: Sequence): void {
    invariant(this.#shares.length === 0, 'room is made before anything is planned');
    this.#running.preempt(sequence);
    this.#queue.add(sequence, null);
  }

  #isLast({ sequence, tokenCount }: Share): boolean {
    return tokenCount === this.#running.tokensLeft(sequence);
  }

  /** Those who wait behind prompts that this step completes. */
  #forksToBegin(): number {
    let count = 0;
    for (const share of this.#shares) {
      if (this.#isLast(share)) count += this.#queue.forksOf(share.sequence).length;
    }
    return count;
  }

  #pieceOf(share: Share): Piece {
    const { sequence, tokenCount } = share;
    const { tables } = this.#running.cache;
    const start = tables.tokenCount(sequence.row);
    const isLast = this.#isLast(share);
    return {
      sequence,
      start,
      tokens: sequence.prefillIds.subarray(start, start + tokenCount), // [tokens]
      blocks: tables.blocks(sequence.row),
      isLast,
      forks: isLast ? this.#admission.forksOf(sequence) : noForks,
    };
  }
}
