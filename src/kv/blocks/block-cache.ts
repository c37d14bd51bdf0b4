// The paged cache's memory: what a prompt finds there already, which blocks a sequence writes to, and
// what is kept when it has ended. Sequences that begin alike share full blocks; of a block that is not
// full, or where they part, the tokens they share are copied. A block without an owner stays until
// its place is needed, the least recently used first. Decides and books; what is to be copied it says
// in `BlockCopy`s, which are to be carried out in their order, before anything is computed.

import { invariant } from '../../errors.ts';
import type { Prefix } from '../prefixes.ts';
import { emptyScores, scoresFrom } from '../token-score.ts';
import type { BlockCopy } from './block-copy.ts';
import type { BlockPool } from './block-pool.ts';
import { BlockTables } from './block-tables.ts';
import type { PrefixNode, PrefixQuery } from './prefix-node.ts';
import { noMatch, type PrefixMatch, PrefixTree } from './prefix-tree.ts';

export interface BlockCacheOptions {
  /** The most sequences that have a table at a time. */
  readonly slotCount: number;
  /** The most tokens of a sequence; all blocks hold as many at least. */
  readonly contextLength: number;
  readonly reusesPrefixes: boolean;
}

export class BlockCache {
  readonly pool: BlockPool;
  readonly tables: BlockTables;
  readonly contextLength: number;
  readonly reusesPrefixes: boolean;
  readonly prefixes: PrefixTree;
  /** What is prefilled into a table; null where others may not begin with it, or none is open. */
  readonly #prompts: (Prefix | null)[]; // [slots]
  #queriedTokenCount = 0;
  #hitTokenCount = 0;

  constructor(pool: BlockPool, { slotCount, contextLength, reusesPrefixes }: BlockCacheOptions) {
    invariant(
      pool.blockCount * pool.blockSize >= contextLength,
      'a sequence can have the whole context',
    );
    this.pool = pool;
    this.tables = new BlockTables(slotCount, contextLength, pool.blockSize);
    this.contextLength = contextLength;
    this.reusesPrefixes = reusesPrefixes;
    this.prefixes = new PrefixTree(pool.blockCount, pool.blockSize);
    this.#prompts = new Array<Prefix | null>(slotCount).fill(null);
  }

  /** Prompt tokens that were looked for, and found, since the start. */
  get queriedTokenCount(): number {
    return this.#queriedTokenCount;
  }

  get hitTokenCount(): number {
    return this.#hitTokenCount;
  }

  /** Blocks that a sequence can still get. */
  get availableCount(): number {
    return this.pool.freeBlockCount + this.pool.cachedBlockCount;
  }

  blocksFor(tokenCount: number): number {
    return Math.ceil(tokenCount / this.pool.blockSize);
  }

  /** What a prompt finds; all of it but one token at most, since something has to be computed. */
  match(query: PrefixQuery): PrefixMatch {
    if (!this.reusesPrefixes) return noMatch;
    return this.prefixes.match(query, query.prompt.ids.length - 1);
  }

  /** How many of the available blocks it takes to hold so many tokens that begin with a match. */
  cost({ full }: PrefixMatch, tokenCount: number): number {
    const sharedCount = full.filter(({ block }) => this.pool.ownerCount(block) > 0).length;
    return this.blocksFor(tokenCount) - sharedCount;
  }

  /** Opens a table with what a prompt finds. `isCounted`: among the tokens looked for and found. */
  open(
    slot: number,
    query: PrefixQuery,
    match: PrefixMatch,
    copies: BlockCopy[],
    isCounted = true,
  ): void {
    const { prompt, scoredCount } = query;
    invariant(this.tables.blockCount(slot) === 0, 'a table is opened once');
    for (const node of match.full) {
      this.pool.share(node.block);
      this.tables.add(slot, node.block);
      this.tables.append(slot, this.pool.blockSize);
      if (scoredCount !== null) this.#takeScores(prompt, node, this.pool.blockSize);
    }
    if (match.tail !== null) {
      if (scoredCount !== null) this.#takeScores(prompt, match.tail, match.tailCount);
      this.#copyTail(slot, match.tail, match.tailCount, copies);
    }
    this.#prompts[slot] = this.reusesPrefixes ? prompt : null;
    if (!this.reusesPrefixes || !isCounted) return;
    this.#queriedTokenCount += prompt.ids.length;
    this.#hitTokenCount += match.tokenCount;
  }

  /** A sequence begins with all the tokens of another, whose table is as it is after a step. */
  fork(fromSlot: number, toSlot: number): void {
    const blocks = this.tables.blocks(fromSlot);
    for (let index = 0; index < this.tables.blockCount(fromSlot); index += 1) {
      this.pool.share(blocks[index]!);
      this.tables.add(toSlot, blocks[index]!);
    }
    this.tables.append(toSlot, this.tables.tokenCount(fromSlot));
  }

  /**
   * Sees to it that a sequence can write its next tokens to blocks of its own: how many of so many
   * it can, which is all of them unless no block is available any more.
   */
  makeRoom(slot: number, tokenCount: number, copies: BlockCopy[]): number {
    const { tables } = this;
    if (!this.#ownTail(slot, copies)) return 0;
    while (tables.room(slot) < tokenCount) {
      if (this.availableCount === 0) return tables.room(slot);
      tables.add(slot, this.#take());
    }
    return tokenCount;
  }

  /** Counts tokens that were prefilled: others may begin with them from now on. */
  appendPrefilled(slot: number, tokenCount: number): void {
    const { blockSize } = this.pool;
    let index = Math.floor(this.tables.tokenCount(slot) / blockSize);
    this.tables.append(slot, tokenCount);
    const prompt = this.#prompts[slot]!;
    if (prompt === null) return;
    const end = this.tables.tokenCount(slot);
    for (; index * blockSize < end; index += 1) {
      this.#enter(slot, index, prompt, Math.min(end - index * blockSize, blockSize));
    }
  }

  /** Counts a token that was generated, which is nobody's beginning. */
  appendGenerated(slot: number): void {
    this.tables.append(slot, 1);
  }

  /** Its owner has ended, or gives it up: what can be of use to anybody is kept. */
  close(slot: number): void {
    const blocks = this.tables.blocks(slot);
    // From the end, so that no block is given away before those behind it.
    for (let index = this.tables.blockCount(slot) - 1; index >= 0; index -= 1) {
      this.#release(blocks[index]!);
    }
    this.#clear(slot);
  }

  /** Its owner has failed: what others do not share of it is worth nothing. */
  discard(slot: number): void {
    const blocks = this.tables.blocks(slot);
    for (let index = this.tables.blockCount(slot) - 1; index >= 0; index -= 1) {
      const block = blocks[index]!;
      if (this.pool.ownerCount(block) === 1) this.#forgetFrom(this.prefixes.at(block));
      this.pool.release(block, false);
    }
    this.#clear(slot);
  }

  /** Nothing that was computed before this is reused after it. */
  forget(): void {
    for (const { block } of this.prefixes.nodes()) {
      if (this.pool.state(block) === 'cached') this.pool.drop(block);
    }
    this.prefixes.clear();
    this.#prompts.fill(null);
  }

  checkIntegrity(): void {
    const { pool, tables } = this;
    pool.checkIntegrity();
    this.prefixes.checkIntegrity();
    const ownerCounts = new Int32Array(pool.blockCount); // [blocks]
    for (let slot = 0; slot < tables.slotCount; slot += 1) {
      const blocks = tables.blocks(slot).subarray(0, tables.blockCount(slot)); // [blocks]
      const needed = this.blocksFor(tables.tokenCount(slot));
      invariant(blocks.length === needed, 'between steps a table has the blocks it needs');
      invariant(new Set(blocks).size === blocks.length, 'a block is in a table once');
      for (const block of blocks) ownerCounts[block]! += 1;
    }
    for (let block = 0; block < pool.blockCount; block += 1) {
      const node = this.prefixes.at(block);
      invariant(ownerCounts[block] === pool.ownerCount(block), 'owners are those with a table');
      const isHeld = node === null || pool.state(block) !== 'free';
      invariant(
        isHeld && (node !== null || pool.state(block) !== 'cached'),
        'what is kept is known',
      );
      const parent = node?.parent ?? null;
      const isBehind = parent === null || pool.ownerCount(parent.block) >= pool.ownerCount(block);
      invariant(isBehind, 'who owns a block owns those before it');
    }
  }

  /** A token's score is that of its predecessor's place, where it is the same token. */
  #takeScores({ ids, scores }: Prefix, { prompt, start }: PrefixNode, tokenCount: number): void {
    const end = start + tokenCount;
    const isSame = prompt.ids[end] === ids[end];
    scores.append(scoresFrom(prompt.scores.all, start, isSame ? tokenCount : tokenCount - 1));
    if (!isSame) scores.append(emptyScores(1, 0));
  }

  #copyTail(slot: number, tail: PrefixNode, tokenCount: number, copies: BlockCopy[]): void {
    if (this.pool.state(tail.block) === 'cached') this.pool.touch(tail.block);
    invariant(this.availableCount > 0, 'a table is opened where there is room');
    const block = this.#take();
    // Where nothing else was to be had it is that block itself.
    if (block !== tail.block) copies.push({ fromBlock: tail.block, toBlock: block, tokenCount });
    this.tables.add(slot, block);
    this.tables.append(slot, tokenCount);
  }

  /** The block that is to be written next is the sequence's alone; false where none is left for that. */
  #ownTail(slot: number, copies: BlockCopy[]): boolean {
    const { tables, pool } = this;
    const tokenCount = tables.tokenCount(slot) % pool.blockSize;
    if (tokenCount === 0) return true;
    const index = Math.floor(tables.tokenCount(slot) / pool.blockSize);
    const fromBlock = tables.blocks(slot)[index]!;
    if (pool.ownerCount(fromBlock) === 1) return true;
    if (this.availableCount === 0) return false;
    const toBlock = this.#take();
    copies.push({ fromBlock, toBlock, tokenCount });
    pool.release(fromBlock, false);
    tables.replace(slot, index, toBlock);
    return true;
  }

  /** A free block, or the one that was used least recently; there is one. */
  #take(): number {
    if (this.pool.freeBlockCount === 0) {
      const block = this.pool.oldestCached;
      this.prefixes.remove(this.prefixes.at(block)!);
      this.pool.drop(block);
    }
    return this.pool.take();
  }

  /** A block of a table holds so many prefilled tokens now; if it is full and not the first, it goes. */
  #enter(slot: number, index: number, prompt: Prefix, heldCount: number): void {
    const { pool } = this;
    const blocks = this.tables.blocks(slot);
    const block = blocks[index]!;
    const parent = index === 0 ? null : this.prefixes.at(blocks[index - 1]!)!;
    const node = this.prefixes.at(block);
    const twin = heldCount === pool.blockSize ? this.prefixes.fullBlock(parent, prompt) : null;
    if (twin === null) {
      if (node === null) this.prefixes.add(block, parent, prompt, heldCount);
      else node.heldCount = heldCount;
      return;
    }
    this.prefixes.enrich(twin, prompt);
    if (node !== null) this.prefixes.remove(node);
    pool.share(twin.block);
    this.tables.replace(slot, index, twin.block);
    pool.release(block, false);
  }

  #release(block: number): void {
    const node = this.prefixes.at(block);
    const isLast = this.pool.ownerCount(block) === 1;
    const isKept = node !== null && !(isLast && this.prefixes.isCovered(node));
    if (isLast && node !== null && !isKept) this.prefixes.remove(node);
    this.pool.release(block, isKept);
  }

  /** A block, and those behind it, which nobody owns. */
  #forgetFrom(node: PrefixNode | null): void {
    if (node === null) return;
    for (const child of [...node.children]) {
      this.#forgetFrom(child);
      this.pool.drop(child.block);
    }
    this.prefixes.remove(node);
  }

  #clear(slot: number): void {
    this.tables.clear(slot);
    this.#prompts[slot] = null;
  }
}
