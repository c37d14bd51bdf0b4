// What is known of the tokens in rows: of which prompt a row holds the beginning, what was found out
// about that prompt's tokens, and when it last was of use. Only prefilled tokens count: what was
// generated came from another kernel, and its last bits differ.

import type { RowPool } from './rows.ts';
import type { ScoreList } from './token-score.ts';

export interface Prefix {
  readonly ids: Int32Array; // the whole prompt, of which the row may hold less
  /** Only prompts with the same salt share anything. */
  readonly salt: string;
  /** Of the second token and those after it, as far as they were scored without a gap. */
  readonly scores: ScoreList;
}

export interface Match {
  readonly row: number;
  /** So many tokens need not be computed. */
  readonly tokenCount: number;
}

/** Chunks have two tokens or more, the last one too: so many are always computed. */
const leastComputed = 2;

export class Prefixes {
  readonly #rows: RowPool;
  readonly #prefixes: (Prefix | null)[]; // [rows]
  readonly #usedAt: Float64Array; // [rows], counts uses
  #useCount = 0;

  constructor(rows: RowPool) {
    this.#rows = rows;
    this.#prefixes = new Array<Prefix | null>(rows.rowCount).fill(null);
    this.#usedAt = new Float64Array(rows.rowCount);
  }

  at(row: number): Prefix | null {
    return this.#prefixes[row]!;
  }

  set(row: number, prefix: Prefix | null): void {
    this.#prefixes[row] = prefix;
    this.use(row);
  }

  use(row: number): void {
    this.#useCount += 1;
    this.#usedAt[row] = this.#useCount;
  }

  move(from: number, to: number): void {
    this.#prefixes[to] = this.#prefixes[from]!;
    this.#usedAt[to] = this.#usedAt[from]!;
    this.#prefixes[from] = null;
  }

  /** Prefilled tokens that a row holds; a prompt of one token took another kernel, too. */
  heldCount(row: number): number {
    const length = Math.min(this.#prefixes[row]?.ids.length ?? 0, this.#rows.tokenCount(row));
    return length < leastComputed ? 0 : length;
  }

  /** The least recently used of some rows. */
  oldest(rows: readonly number[]): number | null {
    let found: number | null = null;
    for (const row of rows) {
      if (found === null || this.#usedAt[row]! < this.#usedAt[found]!) found = row;
    }
    return found;
  }

  /**
   * The row that saves most of a prompt's prefill; among equals one of `preferred`. Where the prompt
   * is to be scored (`scoredCount` not null) only tokens whose successors have their scores count.
   */
  match(
    prompt: Prefix,
    scoredCount: number | null,
    preferred: (row: number) => boolean,
  ): Match | null {
    let best: Match | null = null;
    for (let row = 0; row < this.#rows.rowCount; row += 1) {
      const tokenCount = this.#savedCount(row, prompt, scoredCount);
      const isBetter = tokenCount > (best?.tokenCount ?? 0);
      const isEqual = best !== null && tokenCount === best.tokenCount;
      if (isBetter || (isEqual && preferred(row) && !preferred(best!.row))) {
        best = { row, tokenCount };
      }
    }
    return best;
  }

  /** Whether another row holds all that this one is worth keeping for. */
  isCovered(row: number): boolean {
    const { ids, salt, scores } = this.#prefixes[row]!;
    const held = this.heldCount(row);
    return this.#prefixes.some((other, otherRow) => {
      if (other === null || otherRow === row || other.salt !== salt) return false;
      const isAsRich = other.scores.lengthWith(scores.width, scores.length) === scores.length;
      return isAsRich && this.heldCount(otherRow) >= held && sharedLength(other.ids, ids) >= held;
    });
  }

  #savedCount(row: number, prompt: Prefix, scoredCount: number | null): number {
    const prefix = this.#prefixes[row]!;
    if (prefix === null || prefix.salt !== prompt.salt) return 0;
    const shared = sharedLength(prefix.ids, prompt.ids);
    const most = Math.min(shared, this.heldCount(row), prompt.ids.length - leastComputed);
    if (scoredCount === null) return most;
    // A token's row gave the score of the token after it, which has to be the same one then.
    return prefix.scores.lengthWith(scoredCount, Math.min(most, shared - 1));
  }
}

/** How many tokens two prompts begin with alike. */
export function sharedLength(a: Int32Array, b: Int32Array): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length += 1;
  return length;
}
