import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BrokenInvariant } from '../../../src/errors.ts';
import { BlockPool } from '../../../src/kv/blocks/block-pool.ts';
import { ListedPool } from '../../reference/block-pool.ts';

const blockCount = 6;
const poolOf = (count: number) =>
  new BlockPool({ blockCount: count, blockSize: 4, blockBytes: 100 });

test('under random use the pool has the states that three lists have', () => {
  const kind = fc.constantFrom('take', 'share', 'release', 'keep', 'touch', 'drop');
  const operation = fc.record({ kind, block: fc.nat(blockCount - 1) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const pool = poolOf(blockCount);
      const lists = new ListedPool(blockCount);
      for (const { kind, block } of operations) {
        const state = lists.state(block);
        if (kind === 'take' && lists.free.length > 0) expect(pool.take()).toBe(lists.take());
        if (kind === 'share' && state !== 'free') both(pool, lists, (each) => each.share(block));
        if (kind === 'release' && state === 'owned') {
          both(pool, lists, (each) => each.release(block, false));
        }
        if (kind === 'keep' && state === 'owned') {
          both(pool, lists, (each) => each.release(block, true));
        }
        if (kind === 'touch' && state === 'cached') both(pool, lists, (each) => each.touch(block));
        if (kind === 'drop' && state === 'cached') both(pool, lists, (each) => each.drop(block));
        compare(pool, lists);
      }
    }),
  );
});

function both(pool: BlockPool, lists: ListedPool, act: (each: BlockPool | ListedPool) => void) {
  act(pool);
  act(lists);
}

function compare(pool: BlockPool, lists: ListedPool): void {
  pool.checkIntegrity();
  for (let block = 0; block < blockCount; block += 1) {
    expect(pool.state(block)).toBe(lists.state(block));
    expect(pool.ownerCount(block)).toBe(lists.owned.get(block) ?? 0);
  }
  expect(pool.usedBlockCount).toBe(lists.owned.size);
  expect(pool.cachedBlockCount).toBe(lists.cached.length);
  expect(pool.freeBlockCount).toBe(lists.free.length);
  expect(pool.usedBytes).toBe(100 * lists.owned.size);
  if (lists.cached.length > 0) expect(pool.oldestCached).toBe(lists.cached[0]);
}

describe('the pool refuses', () => {
  test('to give what is not free', () => {
    const pool = poolOf(1);
    pool.take();
    expect(() => pool.take()).toThrow(BrokenInvariant);
  });

  test('to release, share, touch or drop what is free', () => {
    const pool = poolOf(2);
    expect(() => pool.release(0, true)).toThrow('only an owned block is released');
    expect(() => pool.share(0)).toThrow('what is shared holds something');
    expect(() => pool.touch(0)).toThrow(BrokenInvariant);
    expect(() => pool.drop(0)).toThrow(BrokenInvariant);
  });
});
