import { describe, expect, test } from 'vitest';
import { BlockCache } from '../../../src/kv/blocks/block-cache.ts';
import type { BlockCopy } from '../../../src/kv/blocks/block-copy.ts';
import { BlockPool } from '../../../src/kv/blocks/block-pool.ts';
import { flattened, ScoreList } from '../../../src/kv/token-score.ts';

const contextLength = 16;
const blockSize = 4;

function start(blockCount = 12, reusesPrefixes = true) {
  const pool = new BlockPool({ blockCount, blockSize, blockBytes: 10 });
  const cache = new BlockCache(pool, { slotCount: 6, contextLength, reusesPrefixes });
  let nextSlot = 0;
  /** Opens a table for a prompt and books all of it as computed, or its first tokens. */
  const open = (
    text: string,
    { salt = '', scoredCount = null as number | null, firstScored = 1, end = text.length } = {},
  ) => {
    const slot = nextSlot++ % 6;
    const ids = Int32Array.from(text, (letter) => letter.charCodeAt(0));
    const query = { prompt: { ids, salt, scores: new ScoreList() }, scoredCount, firstScored };
    const match = cache.match(query);
    const copies: BlockCopy[] = [];
    cache.open(slot, query, match, copies);
    expect(cache.makeRoom(slot, end - match.tokenCount, copies)).toBe(end - match.tokenCount);
    if (scoredCount !== null) addScores(query.prompt.scores, ids.length - 1, scoredCount);
    cache.appendPrefilled(slot, end - match.tokenCount);
    cache.checkIntegrity();
    const { length } = query.prompt.scores;
    return { slot, reused: match.tokenCount, copies, scoreCount: length, blocks: blocksOf(slot) };
  };
  const blocksOf = (slot: number) => {
    return [...cache.tables.blocks(slot).subarray(0, cache.tables.blockCount(slot))];
  };
  const generate = (slot: number, count: number) => {
    const copies: BlockCopy[] = [];
    for (let index = 0; index < count; index += 1) {
      expect(cache.makeRoom(slot, 1, copies)).toBe(1);
      cache.appendGenerated(slot);
      cache.checkIntegrity();
    }
    return copies;
  };
  const close = (...slots: number[]) => {
    for (const slot of slots) cache.close(slot);
    cache.checkIntegrity();
  };
  return { pool, cache, open, close, generate, blocksOf };
}

function addScores(scores: ScoreList, count: number, alternativeCount: number): void {
  while (scores.length < count) {
    const topIds = new Int32Array(alternativeCount);
    const topLogprobs = new Float32Array(alternativeCount);
    scores.append(flattened([{ logprob: -scores.length, topIds, topLogprobs }]));
  }
}

describe('what is reused', () => {
  test('is the longest common beginning, less the one token that is always computed', () => {
    const { open, close } = start();
    close(open('abcdefghij').slot);
    expect(open('abcdefghXY').reused).toBe(8);
    expect(open('abcdeX').reused).toBe(5);
    expect(open('abcdefghij').reused).toBe(9);
    expect(open('Xabcdefghi').reused).toBe(0);
  });

  test('is shared where a block is full, and copied where it is not', () => {
    const { open, pool } = start();
    const first = open('abcdefghij');
    const second = open('abcdefghiZ');
    expect(second.blocks.slice(0, 2)).toEqual(first.blocks.slice(0, 2));
    expect(second.copies).toEqual([
      { fromBlock: first.blocks[2], toBlock: second.blocks[2], tokenCount: 1 },
    ]);
    expect(pool.usedBlockCount).toBe(4);
    expect(pool.usedBytes).toBe(40);
  });

  test('is found while it is used, as far as it is computed', () => {
    const { open } = start();
    open('abcdefghij', { end: 6 });
    expect(open('abcdefghij').reused).toBe(6);
  });

  test('is only what was prefilled, never what was generated', () => {
    const { open, generate, close } = start();
    const { slot } = open('abcdef');
    generate(slot, 6);
    close(slot);
    expect(open('abcdef??????').reused).toBe(6);
  });

  test('stays among those with the same salt', () => {
    const { open, close } = start();
    close(open('abcdefgh', { salt: 'mine' }).slot);
    expect(open('abcdefgh', { salt: 'yours' }).reused).toBe(0);
    expect(open('abcdefgh', { salt: 'mine' }).reused).toBe(7);
  });

  test('is nothing where nothing is to be reused', () => {
    const { open, close, pool, cache } = start(12, false);
    close(open('abcdefgh').slot);
    expect(open('abcdefgh').reused).toBe(0);
    expect(pool.cachedBlockCount).toBe(0);
    expect(cache.queriedTokenCount).toBe(0);
  });

  test('is counted, and so is what was looked for', () => {
    const { open, cache } = start();
    open('abcdefgh');
    open('abcdeX');
    expect(cache.queriedTokenCount).toBe(14);
    expect(cache.hitTokenCount).toBe(5);
  });

  test('is forgotten when it is to be, what is in use included', () => {
    const { open, close, cache, pool } = start();
    const used = open('abcdefgh', { end: 6 });
    close(open('ijklmnop').slot);
    cache.forget();
    expect(pool.cachedBlockCount).toBe(0);
    cache.makeRoom(used.slot, 2, []);
    cache.appendPrefilled(used.slot, 2);
    cache.checkIntegrity();
    expect(open('abcdefgh').reused).toBe(0);
    close(used.slot);
    expect(open('ijklmnop').reused).toBe(0);
  });
});

describe('two that compute the same', () => {
  test('have one block of it once it is full', () => {
    const { open, pool, cache, blocksOf } = start();
    const first = open('abcdefgh', { end: 3 });
    const second = open('abcdefgh', { end: 3 });
    expect(blocksOf(second.slot)).not.toEqual(blocksOf(first.slot));
    for (const { slot } of [first, second]) {
      cache.makeRoom(slot, 5, []);
      cache.appendPrefilled(slot, 8 - cache.tables.tokenCount(slot));
      cache.checkIntegrity();
    }
    expect(blocksOf(second.slot)).toEqual(blocksOf(first.slot));
    expect(pool.usedBlockCount).toBe(2);
  });

  test('leave one of it when they end, however far they came', () => {
    const { open, close, pool } = start();
    const first = open('abcdef');
    const second = open('abcdef');
    const third = open('abcdefg');
    close(first.slot, second.slot, third.slot);
    expect(pool.cachedBlockCount).toBe(2);
  });
});

describe('a fork', () => {
  test('shares all blocks, and gets its own of the last one when it writes', () => {
    const { open, cache, generate, blocksOf, pool } = start();
    const { slot, blocks } = open('abcdef');
    cache.fork(slot, 5);
    cache.checkIntegrity();
    expect(blocksOf(5)).toEqual(blocks);
    expect(pool.usedBlockCount).toBe(2);
    const copies = generate(5, 1);
    expect(copies).toEqual([{ fromBlock: blocks[1], toBlock: blocksOf(5)[1], tokenCount: 2 }]);
    expect(generate(slot, 1), 'the last one writes in place').toEqual([]);
    expect(blocksOf(slot)).toEqual(blocks);
    expect(pool.usedBlockCount).toBe(3);
  });

  test('copies nothing where its prompt fills its blocks', () => {
    const { open, cache, generate, pool } = start();
    const { slot } = open('abcdefgh');
    cache.fork(slot, 5);
    expect(generate(5, 1)).toEqual([]);
    expect(generate(slot, 1)).toEqual([]);
    expect(pool.usedBlockCount).toBe(4);
  });

  test('outlives its leader', () => {
    const { open, cache, close, generate, blocksOf } = start();
    const { slot, blocks } = open('abcdef');
    cache.fork(slot, 5);
    close(slot);
    expect(generate(5, 1)).toEqual([]);
    expect(blocksOf(5)).toEqual(blocks);
  });
});

describe('where blocks run out', () => {
  test('those go first that were used least recently, the end of a prompt before its beginning', () => {
    const { open, close, pool } = start(6);
    close(open('abcdefgh').slot);
    close(open('ijklmnop').slot);
    expect(open('abcX').reused).toBe(3);
    expect(pool.freeBlockCount).toBe(1);
    open('qrstuvwxyz!?');
    expect(pool.cachedBlockCount).toBe(2);
    expect(open('abcdX').reused, 'its second block went, its first had been of use').toBe(4);
  });

  test('a sequence gets as much as there is', () => {
    const { open, cache } = start(4);
    open('abcdefghijk');
    const slot = 5;
    const prompt = { ids: new Int32Array(8), salt: '', scores: new ScoreList() };
    const query = { prompt, scoredCount: null, firstScored: 1 };
    cache.open(slot, query, cache.match(query), []);
    expect(cache.makeRoom(slot, 8, [])).toBe(4);
    cache.appendPrefilled(slot, 4);
    expect(cache.availableCount).toBe(0);
    expect(cache.makeRoom(slot, 4, [])).toBe(0);
  });

  test('the block that is to be copied may become the copy', () => {
    const { open, close } = start(4);
    close(open('abcd').slot);
    open('ABCDEFGHIJKL');
    const { reused, copies, blocks } = open('abX');
    expect({ reused, copies, blockCount: blocks.length }).toEqual({
      reused: 2,
      copies: [],
      blockCount: 1,
    });
  });

  test('what a sequence that failed has alone is worth nothing, what it shares stays', () => {
    const { open, cache, pool } = start();
    const good = open('abcdef');
    const bad = open('abcdXYZ!?');
    cache.discard(bad.slot);
    cache.checkIntegrity();
    expect(pool.cachedBlockCount).toBe(0);
    expect(open('abcdXYZ!?').reused).toBe(4);
    expect(cache.tables.tokenCount(good.slot)).toBe(6);
  });

  test('a cache that does not hold a context is refused', () => {
    expect(() => start(3)).toThrow('a sequence can have the whole context');
  });
});

describe('a prompt that is scored', () => {
  test('reuses only what has its scores', () => {
    const { open, close } = start();
    close(open('abcdefgh').slot);
    expect(open('abcdefgh', { scoredCount: 0 }).reused).toBe(0);
    close(open('ijklmnop', { scoredCount: 2 }).slot);
    expect(open('ijklmnop', { scoredCount: 2 })).toMatchObject({ reused: 7 });
    expect(open('ijklmnop', { scoredCount: 3 }).reused).toBe(0);
  });

  test('reuses no score of another token', () => {
    const { open } = start();
    open('abcdefgh', { scoredCount: 1 });
    expect(open('abcdeXgh', { scoredCount: 1 }).reused).toBe(4);
    expect(open('abcdXfgh', { scoredCount: 1 }).reused, 'a full block, too').toBe(3);
  });

  test('needs no scores of what comes before the tokens that are scored', () => {
    const { open } = start();
    open('abcdefgh');
    expect(open('abcdeXYZ', { scoredCount: 1, firstScored: 5 }).reused).toBe(4);
    expect(open('abcdefgX', { scoredCount: 1, firstScored: 7 }).reused).toBe(6);
  });

  test('leaves its scores to the block that another computed before', () => {
    const { open } = start();
    open('abcdefgh');
    expect(open('abcdefgh', { scoredCount: 1 }).reused).toBe(0);
    expect(open('abcdefgh', { scoredCount: 1 }).reused).toBe(7);
  });
});
