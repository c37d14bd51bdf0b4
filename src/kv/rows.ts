// The states of the key-value cache's rows, and the tokens in each. A row is free, live with one
// owner, or cached; never two of these. Knows neither tensors nor tokens, and chooses nothing.

import { invariant } from '../errors.ts';

export interface RowPoolOptions {
  readonly rowCount: number;
  /** Tokens that fit in a row. */
  readonly contextLength: number;
  /** What a row occupies: all layers, keys and values. */
  readonly rowBytes: number;
}

/** `free`: holds nothing. `live`: its owner is being generated. `cached`: keeps a prompt's beginning. */
export type RowState = 'free' | 'live' | 'cached';

const noOwner = -1;

/**
 *               occupy              retire              drop
 *        free ----------> live ----------------> cached ------> free
 *                         live <---------------- cached
 *        free <---------- live       occupy
 *               release
 *
 * All the memory is reserved from the start, so a live row counts with all its bytes, however few
 * tokens it holds.
 */
export class RowPool {
  readonly rowCount: number;
  readonly contextLength: number;
  readonly rowBytes: number;
  readonly #states: RowState[]; // [rows]
  readonly #owners: Int32Array; // [rows]
  readonly #tokenCounts: Int32Array; // [rows]
  #usedRowCount = 0;
  #cachedRowCount = 0;

  constructor({ rowCount, contextLength, rowBytes }: RowPoolOptions) {
    invariant(rowCount > 0 && contextLength > 0, 'a cache has rows, and rows have room');
    this.rowCount = rowCount;
    this.contextLength = contextLength;
    this.rowBytes = rowBytes;
    this.#states = new Array<RowState>(rowCount).fill('free');
    this.#owners = new Int32Array(rowCount).fill(noOwner);
    this.#tokenCounts = new Int32Array(rowCount);
  }

  /** Live rows. */
  get usedRowCount(): number {
    return this.#usedRowCount;
  }

  get cachedRowCount(): number {
    return this.#cachedRowCount;
  }

  /** Rows that hold nothing. */
  get freeRowCount(): number {
    return this.rowCount - this.#usedRowCount - this.#cachedRowCount;
  }

  get usedBytes(): number {
    return this.#usedRowCount * this.rowBytes;
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

  /** The first row in a state, from `start` on; -1 where there is none. */
  first(state: RowState, start = 0): number {
    return this.#states.indexOf(state, start);
  }

  last(state: RowState): number {
    return this.#states.lastIndexOf(state);
  }

  /** Gives a row to `owner`: a free one, or a cached one with some of the tokens it keeps. */
  occupy(row: number, owner: number, tokenCount: number): void {
    invariant(this.#states[row] !== 'live', 'a row has one owner');
    invariant(tokenCount <= this.#tokenCounts[row]!, 'an owner begins with what a row keeps');
    if (this.#states[row] === 'cached') this.#cachedRowCount -= 1;
    this.#set(row, 'live', owner, tokenCount);
    this.#usedRowCount += 1;
  }

  release(row: number): void {
    invariant(this.#states[row] === 'live', 'only a live row is released');
    this.#set(row, 'free', noOwner, 0);
    this.#usedRowCount -= 1;
  }

  /** Keeps the first tokens of a live row; never a full one, which could not be a hole in a run. */
  retire(row: number, tokenCount: number): void {
    invariant(
      tokenCount > 0 && tokenCount <= this.#tokenCounts[row]! && tokenCount < this.contextLength,
      'a cached row keeps some of its tokens, and has room for one more',
    );
    this.release(row);
    this.#set(row, 'cached', noOwner, tokenCount);
    this.#cachedRowCount += 1;
  }

  drop(row: number): void {
    invariant(this.#states[row] === 'cached', 'only a cached row is dropped');
    this.#set(row, 'free', noOwner, 0);
    this.#cachedRowCount -= 1;
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

  /** Books that a row's tokens lie in another, free row now. Copying them is the model's work. */
  move(from: number, to: number): void {
    invariant(this.#states[from] !== 'free', 'a row that holds nothing is not moved');
    invariant(this.#states[to] === 'free', 'a row is moved to a free one');
    this.#set(to, this.#states[from]!, this.#owners[from]!, this.#tokenCounts[from]!);
    this.#set(from, 'free', noOwner, 0);
  }

  checkIntegrity(): void {
    const counts = { free: 0, live: 0, cached: 0 };
    for (let row = 0; row < this.rowCount; row += 1) {
      const state = this.#states[row]!;
      const tokenCount = this.#tokenCounts[row]!;
      const isLive = state === 'live';
      counts[state] += 1;
      invariant(isLive === (this.#owners[row] !== noOwner), 'exactly the live rows have an owner');
      invariant(state !== 'free' || tokenCount === 0, 'a free row holds nothing');
      invariant(tokenCount <= this.contextLength, 'no row holds more than the context');
      invariant(
        state !== 'cached' || (tokenCount > 0 && tokenCount < this.contextLength),
        'a cached row keeps something, and has room for one more',
      );
    }
    invariant(
      counts.live === this.#usedRowCount && counts.cached === this.#cachedRowCount,
      'used, cached and free rows add up',
    );
  }

  #set(row: number, state: RowState, owner: number, tokenCount: number): void {
    this.#states[row] = state;
    this.#owners[row] = owner;
    this.#tokenCounts[row] = tokenCount;
  }
}
