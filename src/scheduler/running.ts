// The sequences that hold a row of the cache, by row: one sequence a row, one row a sequence. Keeps
// them and the row pool in step, and the rows of those who decode close together.

import { invariant } from '../errors.ts';
import type { Prefix } from '../kv/prefixes.ts';
import type { RowCache, RowCopy } from '../kv/row-cache.ts';
import type { ScoreList } from '../kv/token-score.ts';
import { sequenceToMove } from './compaction.ts';
import type { Outcome } from './outcome.ts';
import type { Sequence } from './sequence.ts';

const noCopies: readonly RowCopy[] = [];

export class Running {
  readonly cache: RowCache;
  readonly #outcome: Outcome;
  readonly #byRow: (Sequence | null)[]; // [rows]

  constructor(cache: RowCache, outcome: Outcome) {
    this.cache = cache;
    this.#outcome = outcome;
    this.#byRow = new Array<Sequence | null>(cache.rows.rowCount).fill(null);
  }

  get count(): number {
    return this.cache.rows.usedRowCount;
  }

  at(row: number): Sequence | null {
    return this.#byRow[row]!;
  }

  /** Gives a sequence from the queue a row; there must be room. */
  admit(sequence: Sequence, copies: RowCopy[]): void {
    const { id, scoredCount } = sequence;
    const row = this.cache.open(id, promptOf(sequence, sequence.promptScores), scoredCount, copies);
    this.#start(sequence, row, this.cache.rows.tokenCount(row));
  }

  /** Gives several sequences rows side by side, and nothing of what the cache keeps. */
  admitBatch(sequences: readonly Sequence[], copies: RowCopy[]): void {
    const openings = sequences.map((sequence) => ({
      owner: sequence.id,
      prompt: promptOf(sequence, sequence.promptScores),
    }));
    const firstRow = this.cache.openSideBySide(openings, copies);
    sequences.forEach((sequence, index) => {
      this.#start(sequence, firstRow + index, 0);
    });
  }

  /** Gives a row to a sequence that gets all of its prompt from its leader. */
  admitFork(fork: Sequence, leader: Sequence, copies: RowCopy[]): void {
    const row = this.cache.openFork(fork.id, promptOf(fork, leader.promptScores), copies);
    // What is to be forgotten of the leader's prompt must not be remembered by a copy of it.
    if (this.cache.prefixes.at(leader.row) === null) this.cache.prefixes.set(row, null);
    this.#start(fork, row, fork.promptIds.length);
  }

  /** Takes its row from a sequence that ended; what is in it is good for others, unless it failed. */
  release(sequence: Sequence, isGood: boolean): void {
    this.#byRow[sequence.row] = null;
    if (isGood) this.cache.close(sequence.row);
    else this.cache.discard(sequence.row);
  }

  firstDecodingRow(): number {
    for (let row = 0; row < this.#byRow.length; row += 1) {
      if (this.#byRow[row]?.phase === 'decoding') return row;
    }
    return -1;
  }

  lastDecodingRow(): number {
    for (let row = this.#byRow.length - 1; row >= 0; row -= 1) {
      if (this.#byRow[row]?.phase === 'decoding') return row;
    }
    return -1;
  }

  /**
   * Takes the sequence at an end of the run into a hole of it, if that pays; a hole that holds
   * nothing comes before one that keeps a prefix. Only the books are changed: the model makes the
   * copies. One sequence at a time, so that no step is held up for long.
   */
  compact(): readonly RowCopy[] {
    const { rows } = this.cache;
    const first = this.firstDecodingRow();
    const last = this.lastDecodingRow();
    const free = rows.first('free', first);
    const hole = free >= 0 && free < last ? free : rows.first('cached', first);
    if (hole < 0 || hole > last) return noCopies;
    const sequence = sequenceToMove(rows, this.at(first)!, this.at(last)!, rows.tokenCount(hole));
    if (sequence === null) return noCopies;
    const copies: RowCopy[] = [];
    this.#byRow[sequence.row] = null;
    this.#byRow[hole] = sequence;
    this.cache.move(sequence.row, hole, copies);
    sequence.moveTo(hole);
    return copies;
  }

  checkIntegrity(): void {
    this.cache.checkIntegrity();
    for (let row = 0; row < this.#byRow.length; row += 1) {
      const sequence = this.at(row);
      invariant(
        (sequence?.id ?? null) === this.cache.rows.owner(row),
        'a row belongs to its sequence',
      );
      if (sequence === null) continue;
      invariant(sequence.row === row, 'a sequence knows its row');
      const held = this.cache.rows.tokenCount(row);
      const promptLength = sequence.promptIds.length;
      if (sequence.phase === 'prefilling') {
        invariant(held < promptLength, 'a prompt in prefill is not complete');
      } else {
        invariant(sequence.phase === 'decoding', 'who has a row runs');
        invariant(
          held === promptLength + sequence.generatedCount - 1,
          'a row holds the prompt and all that was generated but the newest token',
        );
      }
    }
  }

  #start(sequence: Sequence, row: number, cachedTokenCount: number): void {
    this.#byRow[row] = sequence;
    sequence.startPrefill(row, cachedTokenCount);
    this.#outcome.addAdmitted(sequence.id);
  }
}

function promptOf({ promptIds, cacheSalt }: Sequence, scores: ScoreList): Prefix {
  return { ids: promptIds, salt: cacheSalt, scores };
}
