// The sequences that hold a row of the cache, by row: one sequence a row, one row a sequence. Keeps
// them and the row pool in step, and the rows of those who decode close together.

import { invariant } from '../errors.ts';
import type { RowPool } from '../kv/rows.ts';
import { sequenceToMove } from './compaction.ts';
import type { Outcome } from './outcome.ts';
import type { Move } from './plan.ts';
import type { Sequence } from './sequence.ts';

export class Running {
  readonly rows: RowPool;
  readonly #outcome: Outcome;
  readonly #byRow: (Sequence | null)[]; // [rows]

  constructor(rows: RowPool, outcome: Outcome) {
    this.rows = rows;
    this.#outcome = outcome;
    this.#byRow = new Array<Sequence | null>(rows.rowCount).fill(null);
  }

  get count(): number {
    return this.rows.usedRowCount;
  }

  at(row: number): Sequence | null {
    return this.#byRow[row]!;
  }

  /** Gives a sequence from the queue a row; there must be a free one. */
  admit(sequence: Sequence): void {
    const row = this.rows.allocate(sequence.id);
    invariant(row !== null, 'a sequence is admitted when a row is free');
    this.#byRow[row] = sequence;
    sequence.startPrefill(row);
    this.#outcome.addAdmitted(sequence.id);
  }

  release(sequence: Sequence): void {
    this.rows.release(sequence.row);
    this.#byRow[sequence.row] = null;
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
   * Takes the sequence at an end of the run into a hole of it, if that pays. Only the books are
   * changed: the model copies the tokens. One move at a time, so that no step is held up for long.
   */
  compact(): Move | null {
    const first = this.firstDecodingRow();
    const last = this.lastDecodingRow();
    const hole = this.#byRow.indexOf(null, first);
    if (hole < 0 || hole > last) return null;
    const sequence = sequenceToMove(this.rows, this.at(first)!, this.at(last)!);
    if (sequence === null) return null;
    const fromRow = sequence.row;
    this.rows.move(fromRow, hole);
    this.#byRow[fromRow] = null;
    this.#byRow[hole] = sequence;
    sequence.moveTo(hole);
    return { fromRow, toRow: hole, tokenCount: this.rows.tokenCount(hole) };
  }

  checkIntegrity(): void {
    this.rows.checkIntegrity();
    for (let row = 0; row < this.#byRow.length; row += 1) {
      const sequence = this.at(row);
      invariant((sequence?.id ?? null) === this.rows.owner(row), 'a row belongs to its sequence');
      if (sequence === null) continue;
      invariant(sequence.row === row, 'a sequence knows its row');
      const held = this.rows.tokenCount(row);
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
}
