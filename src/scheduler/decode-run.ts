// The decode plan, written anew for each step into the same memory: the run from the first decoding
// row to the last, holes included. A hole never is a full row: a free row holds nothing, a cached one
// keeps less than the context, and one in prefill less than its prompt.

import { invariant } from '../errors.ts';
import type { RowCopy } from '../kv/row-cache.ts';
import type { DecodePlan } from './plan.ts';
import { runSize, runStart } from './run-shapes.ts';
import type { Running } from './running.ts';
import type { Sequence } from './sequence.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export class DecodeRun {
  readonly #running: Running;
  readonly #hasFewShapes: boolean;
  readonly #sequences: (Sequence | null)[]; // [capacity]
  readonly #plan: Writable<DecodePlan>;

  /** `hasFewShapes`: runs are extended to one of a few shapes. */
  constructor(running: Running, hasFewShapes: boolean) {
    const capacity = running.cache.rows.rowCount;
    this.#running = running;
    this.#hasFewShapes = hasFewShapes;
    this.#sequences = new Array<Sequence | null>(capacity).fill(null);
    this.#plan = {
      kind: 'decode',
      firstRow: 0,
      rowCount: 0,
      tokens: new Int32Array(capacity),
      lengths: new Int32Array(capacity),
      sequences: this.#sequences,
      sequenceCount: 0,
      totalLength: 0,
      copies: [],
    };
  }

  /** At least one sequence is decoding; the copies have been booked. */
  plan(copies: readonly RowCopy[]): DecodePlan {
    const { rows } = this.#running.cache;
    const plan = this.#plan;
    plan.firstRow = this.#running.firstDecodingRow();
    plan.rowCount = this.#running.lastDecodingRow() - plan.firstRow + 1;
    if (this.#hasFewShapes) {
      plan.rowCount = runSize(plan.firstRow, plan.rowCount, rows.rowCount);
      plan.firstRow = runStart(plan.firstRow, plan.rowCount, rows.rowCount);
    }
    plan.sequenceCount = 0;
    plan.totalLength = 0;
    plan.copies = copies;
    for (let index = 0; index < plan.rowCount; index += 1) {
      const owner = this.#running.at(plan.firstRow + index);
      const isDecoding = owner !== null && owner.phase === 'decoding';
      const length = rows.tokenCount(plan.firstRow + index);
      invariant(length < rows.contextLength, 'every row of a run has room for one token');
      this.#sequences[index] = isDecoding ? owner : null;
      plan.tokens[index] = isDecoding ? owner.lastToken : 0;
      plan.lengths[index] = length;
      plan.totalLength = Math.max(plan.totalLength, length + 1);
      if (isDecoding) plan.sequenceCount += 1;
    }
    invariant(plan.totalLength > 1, 'a decode step never looks like a first prompt');
    return plan;
  }
}
