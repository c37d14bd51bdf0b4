// Blocks under random use, with a memory that remembers what is written where: nothing that somebody
// owns or that is kept for others is ever overwritten, and a prompt finds as much as there is.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockCache } from '../../../src/kv/blocks/block-cache.ts';
import type { BlockCopy } from '../../../src/kv/blocks/block-copy.ts';
import { BlockPool } from '../../../src/kv/blocks/block-pool.ts';
import type { PrefixQuery } from '../../../src/kv/blocks/prefix-node.ts';
import { flattened, ScoreList } from '../../../src/kv/token-score.ts';
import { BlockMemory } from '../../reference/block-memory.ts';
import { longestPrefix } from '../../reference/longest-prefix.ts';

const slotCount = 5;
const contextLength = 24;

/** What a table holds, and what its prompt is. */
interface Held {
  readonly query: PrefixQuery;
  readonly tokens: number[];
  isGenerating: boolean;
}

const operation = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('open', 'prefill', 'generate', 'fork') },
    { weight: 3, arbitrary: fc.constant('close' as const) },
    { weight: 1, arbitrary: fc.constantFrom('discard', 'forget') },
  ),
  slot: fc.nat(slotCount - 1),
  other: fc.nat(slotCount - 1),
  length: fc.integer({ min: 1, max: contextLength }),
  seed: fc.nat(1),
  turn: fc.nat(contextLength),
  salt: fc.constantFrom('', '', '', 'other'),
  scoredCount: fc.option(fc.nat(1)),
  firstScored: fc.integer({ min: 1, max: 6 }),
  count: fc.integer({ min: 1, max: 20 }),
});
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

class Use {
  readonly pool: BlockPool;
  readonly cache: BlockCache;
  readonly memory: BlockMemory;
  readonly held: (Held | null)[] = new Array(slotCount).fill(null);
  foundCount = 0;

  constructor(blockSize: number, spareBlocks: number) {
    const blockCount = Math.ceil(contextLength / blockSize) + spareBlocks;
    this.pool = new BlockPool({ blockCount, blockSize, blockBytes: 1 });
    this.cache = new BlockCache(this.pool, { slotCount, contextLength, reusesPrefixes: true });
    this.memory = new BlockMemory(blockCount, blockSize);
  }

  apply(operation: Operation): void {
    const { kind, slot, other, count } = operation;
    const held = this.held[slot]!;
    if (kind === 'forget') this.cache.forget();
    else if (kind === 'open') {
      if (held !== null) this.cache.close(slot);
      this.held[slot] = null;
      this.#open(operation);
      const opened = this.held[slot]!;
      if (opened !== null) this.#prefill(slot, opened, count);
    } else if (held === null) return;
    else if (kind === 'prefill' && !held.isGenerating) this.#prefill(slot, held, count);
    else if (kind === 'generate' && held.isGenerating) this.#generate(slot, held, count);
    else if (kind === 'fork' && held.isGenerating && this.held[other] === null) {
      this.cache.fork(slot, other);
      this.held[other] = { ...held, tokens: [...held.tokens] };
    } else if (kind === 'close' || kind === 'discard') {
      this.cache[kind](slot);
      this.held[slot] = null;
    }
  }

  check(): void {
    this.cache.checkIntegrity();
    this.held.forEach((held, slot) => {
      const tokenCount = this.cache.tables.tokenCount(slot);
      expect(tokenCount).toBe(held?.tokens.length ?? 0);
      const content = this.memory.read(this.cache.tables.blocks(slot), tokenCount);
      expect(String(content)).toBe(String(held?.tokens ?? []));
    });
    for (const { block, prompt, start, heldCount } of this.cache.prefixes.nodes()) {
      const content = this.memory.read([block], heldCount);
      expect(String(content)).toBe(String(prompt.ids.subarray(start, start + heldCount)));
    }
  }

  #open({ slot, length, seed, turn, salt, scoredCount, firstScored }: Operation): void {
    const ids = Int32Array.from({ length }, (_, index) => {
      return (seed + index * index + (index < turn ? 0 : turn)) % 7;
    });
    const query = { prompt: { ids, salt, scores: new ScoreList() }, scoredCount, firstScored };
    const match = this.cache.match(query);
    expect(match.tokenCount).toBe(longestPrefix(this.cache.prefixes.nodes(), query));
    if (this.cache.availableCount < this.cache.cost(match, length)) return;
    const copies: BlockCopy[] = [];
    this.cache.open(slot, query, match, copies);
    this.memory.carryOut(copies);
    this.foundCount += match.tokenCount;
    if (scoredCount !== null) expect(query.prompt.scores.length).toBe(match.tokenCount);
    const tokens = [...ids.subarray(0, match.tokenCount)];
    this.held[slot] = { query, tokens, isGenerating: false };
  }

  #prefill(slot: number, held: Held, count: number): void {
    const { prompt, scoredCount } = held.query;
    const start = held.tokens.length;
    const wanted = prompt.ids.subarray(start, start + count);
    const tokens = this.#append(slot, held, [...wanted]);
    this.cache.appendPrefilled(slot, tokens.length);
    if (scoredCount !== null) {
      const topLogprobs = new Float32Array(scoredCount);
      const score = { logprob: -1, topIds: new Int32Array(scoredCount), topLogprobs };
      prompt.scores.append(flattened(tokens.map(() => score)));
    }
    held.isGenerating = held.tokens.length === prompt.ids.length;
  }

  #generate(slot: number, held: Held, count: number): void {
    const most = Math.min(count, contextLength - held.tokens.length);
    for (let index = 0; index < most; index += 1) {
      const appended = this.#append(slot, held, [100 + index]);
      if (appended.length === 0) return;
      this.cache.appendGenerated(slot);
    }
  }

  #append(slot: number, held: Held, tokens: number[]): number[] {
    const copies: BlockCopy[] = [];
    const room = this.cache.makeRoom(slot, tokens.length, copies);
    const { availableCount } = this.cache;
    if (room < tokens.length) expect(availableCount, 'all that there is is given').toBe(0);
    this.memory.carryOut(copies);
    const appended = tokens.slice(0, room);
    this.memory.write(
      this.cache.tables.blocks(slot),
      held.tokens.length,
      Int32Array.from(appended),
    );
    held.tokens.push(...appended);
    return appended;
  }
}

test('what is owned or kept is never overwritten, and a prompt finds as much as there is', () => {
  let foundCount = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 4, 8),
      fc.nat(12),
      fc.array(operation, { minLength: 40, maxLength: 120 }),
      (blockSize, spareBlocks, operations) => {
        const use = new Use(blockSize, spareBlocks);
        for (const operation of operations) {
          use.apply(operation);
          use.check();
        }
        use.held.forEach((held, slot) => {
          if (held !== null) use.cache.close(slot);
        });
        use.cache.checkIntegrity();
        expect(use.pool.usedBlockCount, 'nothing is leaked').toBe(0);
        expect(use.cache.hitTokenCount).toBe(use.foundCount);
        use.cache.forget();
        expect(use.pool.freeBlockCount).toBe(use.pool.blockCount);
        foundCount += use.foundCount;
      },
    ),
    { numRuns: 200 },
  );
  expect(foundCount, 'some prompts find something').toBeGreaterThan(1000);
});
