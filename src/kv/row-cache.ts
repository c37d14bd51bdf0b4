// The cache's memory: decides which row a prompt gets, what it finds there already, and what is
// kept of a row when its owner has ended. A cached row stays until its place is needed, the least
// recently used first. Decides and books; what is to be copied it says in `RowCopy`s, which are to be
// carried out in their order, before anything is computed.

import { invariant } from '../errors.ts';
import { placesForLive, placesSideBySide } from './placement.ts';
import { type Match, type Prefix, Prefixes } from './prefixes.ts';
import type { RowPool } from './rows.ts';

/**
 * A copy is made rather than a kept tail overwritten that is longer than this part of what is shared.
 * Copying a token costs a hundredth of computing it; but most tails are questions nobody repeats, and
 * a copy takes the place of something else.
 */
const lostShareOfCopy = 4;

/** Copy the first tokens of one row over another, in every layer. */
export interface RowCopy {
  readonly fromRow: number;
  readonly toRow: number;
  readonly tokenCount: number;
}

export interface Opening {
  readonly owner: number;
  readonly prompt: Prefix;
}

export class RowCache {
  readonly rows: RowPool;
  readonly prefixes: Prefixes;
  readonly reusesPrefixes: boolean;
  #queriedTokenCount = 0;
  #hitTokenCount = 0;

  constructor(rows: RowPool, reusesPrefixes: boolean) {
    this.rows = rows;
    this.prefixes = new Prefixes(rows);
    this.reusesPrefixes = reusesPrefixes;
  }

  /** Prompt tokens that were looked for, and found, since the start. */
  get queriedTokenCount(): number {
    return this.#queriedTokenCount;
  }

  get hitTokenCount(): number {
    return this.#hitTokenCount;
  }

  /**
   * A row for a prompt; the tokens it holds already need not be computed, and what is known of them
   * is added to its scores. There must be room.
   */
  open(owner: number, prompt: Prefix, scoredCount: number | null, copies: RowCopy[]): number {
    const places = placesForLive(this.rows);
    const match = this.#match(prompt, scoredCount, places);
    const row =
      match === null ? this.#clear(places, null, copies) : this.#reuse(match, places, copies);
    const tokenCount = match?.tokenCount ?? 0;
    if (match !== null) {
      // A token's own score is that of its predecessor's row; a scored prompt has one more of them.
      const scoreCount = scoredCount === null ? tokenCount - 1 : tokenCount;
      prompt.scores.append(this.prefixes.at(match.row)!.scores.all, scoreCount);
      this.prefixes.use(match.row);
    }
    this.#occupy(row, owner, prompt, match);
    if (match !== null && match.row !== row) {
      copies.push({ fromRow: match.row, toRow: row, tokenCount });
    }
    return row;
  }

  /** How many tokens a prompt would find, were it opened now. */
  reusableCount(prompt: Prefix, scoredCount: number | null): number {
    if (!this.reusesPrefixes) return 0;
    return this.prefixes.match(prompt, scoredCount, () => false)?.tokenCount ?? 0;
  }

  /** How many rows side by side there are for prompts, `most` at the most. */
  roomSideBySide(most: number): number {
    return placesSideBySide(this.rows, most).length;
  }

  /**
   * Rows for several prompts, in their order, each beside the one before: returns the first. They
   * begin with nothing, whatever is kept of them. There must be room side by side.
   */
  openSideBySide(openings: readonly Opening[], copies: RowCopy[]): number {
    const places = placesSideBySide(this.rows, openings.length);
    invariant(places.length === openings.length, 'there is room side by side');
    const firstRow = places[0]!;
    while (places.length > 0) {
      // Free rows first and then the oldest: so nothing is moved into a row that is taken next.
      const row = this.#clear(places, null, copies);
      const { owner, prompt } = openings[row - firstRow]!;
      if (this.reusesPrefixes) this.#queriedTokenCount += prompt.ids.length;
      this.#occupy(row, owner, prompt, null);
      places.splice(places.indexOf(row), 1);
    }
    return firstRow;
  }

  /** A row for a sequence that will be given the whole of another's prompt. There must be room. */
  openFork(owner: number, prompt: Prefix, copies: RowCopy[]): number {
    const row = this.#clear(placesForLive(this.rows), null, copies);
    this.#occupy(row, owner, prompt, null);
    return row;
  }

  /** Its owner has ended: a live row is kept as a prefix, if it can be of use to anybody. */
  close(row: number): void {
    const kept = Math.min(this.prefixes.heldCount(row), this.rows.contextLength - 1);
    if (!this.reusesPrefixes || kept === 0 || this.prefixes.isCovered(row)) {
      this.discard(row);
      return;
    }
    this.rows.retire(row, kept);
    this.prefixes.use(row);
  }

  /** Frees a live row whose content is worth nothing. */
  discard(row: number): void {
    this.rows.release(row);
    this.prefixes.set(row, null);
  }

  /** Moves a live row into a hole; what the hole keeps is kept elsewhere. */
  move(from: number, hole: number, copies: RowCopy[]): void {
    if (this.rows.state(hole) === 'cached') this.#makeWay(hole, null, copies);
    this.#relocate(from, hole, copies);
  }

  /** The step that was to carry out these copies failed: what they fill is undefined. */
  undo(copies: readonly RowCopy[]): void {
    for (const { toRow } of copies) if (this.rows.state(toRow) === 'cached') this.#drop(toRow);
  }

  /** Nothing that was computed before this is reused after it. */
  forget(): void {
    for (let row = 0; row < this.rows.rowCount; row += 1) {
      if (this.rows.state(row) === 'cached') this.#drop(row);
      this.prefixes.set(row, null);
    }
  }

  checkIntegrity(): void {
    this.rows.checkIntegrity();
    for (let row = 0; row < this.rows.rowCount; row += 1) {
      const prefix = this.prefixes.at(row);
      if (this.rows.state(row) === 'free') invariant(prefix === null, 'a free row has no prefix');
      if (this.rows.state(row) !== 'cached') continue;
      const tokenCount = this.rows.tokenCount(row);
      invariant(
        prefix !== null && tokenCount <= prefix.ids.length,
        'a cached row keeps the beginning of a prompt',
      );
      invariant(this.reusesPrefixes, 'nothing is kept that is not reused');
    }
  }

  #match(prompt: Prefix, scoredCount: number | null, places: readonly number[]): Match | null {
    if (!this.reusesPrefixes) return null;
    const match = this.prefixes.match(prompt, scoredCount, (row) => {
      return this.rows.state(row) === 'cached' && places.includes(row);
    });
    this.#queriedTokenCount += prompt.ids.length;
    this.#hitTokenCount += match?.tokenCount ?? 0;
    return match;
  }

  /** The matched row itself, where it lies well and little of it gets lost; else a row for a copy. */
  #reuse(match: Match, places: readonly number[], copies: RowCopy[]): number {
    const others = places.filter((row) => row !== match.row);
    const canStay = this.rows.state(match.row) === 'cached' && others.length < places.length;
    const lostCount = this.rows.tokenCount(match.row) - match.tokenCount;
    const isWorthCopying = lostCount * lostShareOfCopy > match.tokenCount;
    if (canStay && (others.length === 0 || !isWorthCopying)) return match.row;
    return this.#clear(others, match.row, copies);
  }

  /** Empties one of some places: a free one, or the one that was used least recently. */
  #clear(places: readonly number[], source: number | null, copies: RowCopy[]): number {
    const free = places.find((row) => this.rows.state(row) === 'free');
    if (free !== undefined) return free;
    const row = this.prefixes.oldest(places);
    invariant(row !== null, 'a prompt gets a row when there is room');
    this.#makeWay(row, source, copies);
    return row;
  }

  /** What a row keeps goes to a free row, or takes the place of what is least recently used. */
  #makeWay(row: number, source: number | null, copies: RowCopy[]): void {
    let refuge = this.rows.last('free');
    if (refuge < 0) {
      const cached = this.#cachedRows().filter((candidate) => candidate !== source);
      refuge = this.prefixes.oldest(cached)!;
      this.#drop(refuge);
    }
    if (refuge !== row) this.#relocate(row, refuge, copies);
  }

  #relocate(from: number, to: number, copies: RowCopy[]): void {
    copies.push({ fromRow: from, toRow: to, tokenCount: this.rows.tokenCount(from) });
    this.rows.move(from, to);
    this.prefixes.move(from, to);
  }

  #occupy(row: number, owner: number, prompt: Prefix, match: Match | null): void {
    const isInPlace = match?.row === row;
    this.rows.occupy(row, owner, isInPlace ? match.tokenCount : 0);
    if (match !== null && !isInPlace) this.rows.append(row, match.tokenCount);
    this.prefixes.set(row, prompt);
  }

  #drop(row: number): void {
    this.rows.drop(row);
    this.prefixes.set(row, null);
  }

  #cachedRows(): number[] {
    const found: number[] = [];
    for (let row = 0; row < this.rows.rowCount; row += 1) {
      if (this.rows.state(row) === 'cached') found.push(row);
    }
    return found;
  }
}
