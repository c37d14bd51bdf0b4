// Hands out the rows of the key-value cache, one to each running sequence, and keeps count of the
// tokens in them. A row is free, or live with one owner, never both; live rows lie close together,
// because a decode step runs over all rows from the first live one to the last. Knows neither
// tensors nor tokens.

import { invariant } from '../errors.ts';

export interface RowPoolOptions {
  readonly rowCount: number;
  /** Tokens that fit in a row. */
  readonly contextLength: number;
  /** What a row occupies: all layers, keys and values. */
  readonly rowBytes: number;
}

/** `free`: holds nothing. `live`: its owner is being generated. */
export type RowState = 'free' | 'live';

const noOwner = -1;

/**
 *   row       0        1        2        3        4        5
 *         +--------+--------+--------+--------+--------+--------+
 *         |  free  |  live  |  free  |  live  |  free  |  free  |
 *         +--------+--------+--------+--------+--------+--------+
 *                  |<------ live run ------>|
 *   next   third             first             second
 *
 * A hole in the run is filled before the run grows, upwards before downwards. All the memory is
 * reserved from the start, so a live row counts with all its bytes, however few tokens it holds.
 */
export class RowPool {
  readonly rowCount: number;
  readonly contextLength: number;
  readonly rowBytes: number;
  readonly #states: RowState[]; // [rows]
  readonly #owners: Int32Array; // [rows]
  readonly #tokenCounts: Int32Array; // [rows]
  #usedRowCount = 0;

  constructor({ rowCount, contextLength, rowBytes }: RowPoolOptions) {
    invariant(rowCount > 0 && contextLength > 0, 'a cache has rows, and rows have room');
    this.rowCount = rowCount;
    this.contextLength = contextLength;
    this.rowBytes = rowBytes;
    this.#states = new Array<RowState>(rowCount).fill('free');
    this.#owners = new Int32Array(rowCount).fill(noOwner);
    this.#tokenCounts = new Int32Array(rowCount);
  }

  get usedRowCount(): number {
    return this.#usedRowCount;
  }

  get freeRowCount(): number {
    return this.rowCount - this.#usedRowCount;
  }

  get usedBytes(): number {
    return this.#usedRowCount * this.rowBytes;
  }

  get freeBytes(): number {
    return this.freeRowCount * this.rowBytes;
  }

  state(row: number): RowState {
    return this.#states[row]!;
  }

  owner(row: number): number | null {
    return this.#states[row] === 'live' ? this.#owners[row]! : null;
  }

  tokenCount(row: number): number {
    return this.#tokenCounts[row]!;
  }

  /** A row for `owner`, or null when none is free. */
  allocate(owner: number): number | null {
    if (this.freeRowCount === 0) return null;
    const row = this.#nextRow();
    this.#occupy(row, owner, 0);
    return row;
  }

  release(row: number): void {
    invariant(this.#states[row] === 'live', 'only a live row is released');
    this.#states[row] = 'free';
    this.#owners[row] = noOwner;
    this.#tokenCounts[row] = 0;
    this.#usedRowCount -= 1;
  }

  /** Counts tokens that were appended to a live row. */
  append(row: number, tokenCount: number): void {
    invariant(this.#states[row] === 'live', 'only a live row grows');
    invariant(
      this.#tokenCounts[row]! + tokenCount <= this.contextLength,
      'a row holds no more tokens than the context',
    );
    this.#tokenCounts[row] = this.#tokenCounts[row]! + tokenCount;
  }

  /** Books that a live row's tokens lie in another, free row now. Copying them is the model's work. */
  move(from: number, to: number): void {
    invariant(this.#states[from] === 'live', 'only a live row is moved');
    invariant(this.#states[to] === 'free', 'a row is moved to a free one');
    const owner = this.#owners[from]!;
    const tokenCount = this.#tokenCounts[from]!;
    this.release(from);
    this.#occupy(to, owner, tokenCount);
  }

  checkIntegrity(): void {
    let live = 0;
    for (let row = 0; row < this.rowCount; row += 1) {
      const isLive = this.#states[row] === 'live';
      const tokenCount = this.#tokenCounts[row]!;
      if (isLive) live += 1;
      invariant(isLive === (this.#owners[row] !== noOwner), 'exactly the live rows have an owner');
      invariant(isLive || tokenCount === 0, 'a free row holds nothing');
      invariant(tokenCount <= this.contextLength, 'no row holds more than the context');
    }
    invariant(live === this.#usedRowCount, 'used and free rows add up');
  }

  #occupy(row: number, owner: number, tokenCount: number): void {
    this.#states[row] = 'live';
    this.#owners[row] = owner;
    this.#tokenCounts[row] = tokenCount;
    this.#usedRowCount += 1;
  }

  #nextRow(): number {
    const first = this.#states.indexOf('live');
    if (first < 0) return 0;
    const last = this.#states.lastIndexOf('live');
    const hole = this.#states.indexOf('free', first);
    if (hole >= 0 && hole < last) return hole;
    return last + 1 < this.rowCount ? last + 1 : first - 1;
  }
}
