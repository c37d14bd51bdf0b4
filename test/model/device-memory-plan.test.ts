import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planBlocks, planRows, type RowNeeds } from '../../src/model/device-memory-plan.ts';

const GiB = 1024 ** 3;
const small: RowNeeds = {
  weightBytes: 249_000_000,
  rowBytes: 2 * 12 * 12 * 1024 * 64 * 2,
  vocabularySize: 50257,
  width: 768,
  innerWidth: 3072,
  candidateCount: 64,
  mostSequences: 256,
  longestStep: 1025,
};

test('on a large GPU as many rows fit as may run', () => {
  const plan = planRows(78 * GiB, { kind: 'share', share: 0.9 }, small);
  expect(plan.unitCount).toBe(256);
  expect(plan.cacheBytes).toBe(256 * small.rowBytes);
  expect(plan.budgetBytes).toBe(Math.floor(78 * GiB * 0.9));
});

test('a budget in bytes is never more than what is free', () => {
  const plan = planRows(8 * GiB, { kind: 'bytes', bytes: 100 * GiB }, small);
  expect(plan.budgetBytes).toBe(8 * GiB);
});

test('where not even one row fits, what to change is said', () => {
  const tooLittle = () => planRows(GiB, { kind: 'share', share: 0.5 }, small);
  expect(tooLittle).toThrow(/needs \d\.\d\d GiB .* 0\.50 GiB may be taken .*--prefill-chunk/);
});

test('what is planned stays within the budget, and one more row would not, whatever the model', () => {
  const needs = fc.record({
    weightBytes: fc.integer({ min: 1e6, max: 4e9 }),
    rowBytes: fc.integer({ min: 1e5, max: 4e8 }),
    vocabularySize: fc.integer({ min: 300, max: 60_000 }),
    width: fc.integer({ min: 64, max: 1600 }),
    innerWidth: fc.integer({ min: 64, max: 6400 }),
    candidateCount: fc.integer({ min: 1, max: 64 }),
    mostSequences: fc.integer({ min: 1, max: 1024 }),
    longestStep: fc.integer({ min: 3, max: 8193 }),
  });
  fc.assert(
    fc.property(
      needs,
      fc.integer({ min: 1e9, max: 200e9 }),
      fc.double({ min: 0.05, max: 1, noNaN: true }),
      (wishes, freeBytes, share) => {
        const budget = { kind: 'share', share } as const;
        try {
          const plan = planRows(freeBytes, budget, wishes);
          const taken = plan.arenaLimitBytes + plan.laneBytes + plan.cacheBytes;
          expect(taken).toBeLessThan(plan.budgetBytes);
          expect(plan.budgetBytes).toBeLessThanOrEqual(freeBytes);
          expect(plan.unitCount).toBeLessThanOrEqual(wishes.mostSequences);
          expect(plan.arenaLimitBytes).toBeGreaterThan(plan.weightBytes + plan.workspaceBytes);
          if (plan.unitCount === wishes.mostSequences) return;
          const left = plan.budgetBytes - taken;
          expect(left).toBeLessThan(2 * 640 * 1024 ** 2 + 2 * wishes.rowBytes + 1e6);
        } catch (error) {
          expect((error as Error).message).toMatch(/of the device's memory/);
        }
      },
    ),
  );
});

test('of blocks, as many are planned as all contexts take, and one to spare', () => {
  const { rowBytes, ...rest } = small;
  const blocks = { ...rest, blockBytes: rowBytes / 4, blocksOfContext: 4 };
  const plan = planBlocks(78 * GiB, { kind: 'share', share: 0.9 }, blocks);
  expect(plan.unitCount).toBe(4 * 256);
  expect(plan.cacheBytes).toBe((4 * 256 + 1) * blocks.blockBytes);
  const tight = { kind: 'bytes', bytes: 6 * GiB } as const;
  const fewer = planBlocks(78 * GiB, tight, blocks);
  expect(fewer.unitCount).toBeLessThan(4 * 256);
  const taken = fewer.arenaLimitBytes + fewer.laneBytes + fewer.cacheBytes;
  expect(taken).toBeLessThan(tight.bytes);
  expect(tight.bytes - taken).toBeLessThan(640 * 1024 ** 2 + blocks.blockBytes);
});

test('beside a scored prompt, whoever decodes in the same step may need two normalizers', () => {
  const { rowBytes, ...rest } = small;
  const workspace = (mostSequences: number) => {
    const blocks = { ...rest, mostSequences, blockBytes: rowBytes / 4, blocksOfContext: 4 };
    return planBlocks(78 * GiB, { kind: 'share', share: 0.9 }, blocks).workspaceBytes;
  };
  const normalizerBytes = 4 * 4 * small.vocabularySize;
  expect(workspace(101) - workspace(1)).toBeGreaterThanOrEqual(100 * normalizerBytes);
});

test('where the blocks of one context do not fit, what to change is said', () => {
  const { rowBytes, ...rest } = small;
  const blocks = { ...rest, blockBytes: rowBytes / 4, blocksOfContext: 4 };
  const tooLittle = () => planBlocks(GiB, { kind: 'share', share: 0.5 }, blocks);
  expect(tooLittle).toThrow(/needs \d\.\d\d GiB .* 0\.50 GiB may be taken .*--prefill-chunk/);
});
