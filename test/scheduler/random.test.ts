// Random schedules against a simulated cache: whatever comes, fails or is given up around it, each
// sequence generates exactly what it generates alone, and ends once.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { vocabularySize } from '../reference/cache.ts';
import type { Settings, Text } from './texts.ts';
import { contextLength, World } from './world.ts';

const settings: fc.Arbitrary<Settings> = fc.record({
  rowCount: fc.integer({ min: 1, max: 6 }),
  maxRunning: fc.integer({ min: 1, max: 7 }),
  hasFewShapes: fc.boolean(),
  chunkTokens: fc.oneof(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 10, max: 40 })),
  chunksPerTurn: fc.integer({ min: 1, max: 3 }),
  decodesPerTurn: fc.integer({ min: 1, max: 3 }),
  prefixReuse: fc.boolean(),
  stepMs: fc.array(fc.constantFrom(0, 0.01, 1, 5, 30, 1000), { minLength: 1, maxLength: 9 }),
  drafts: fc.boolean(),
});

const submission = fc.record({
  kind: fc.constant('submit' as const),
  promptLength: fc.oneof(
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: contextLength - 1 }),
  ),
  limits: fc.oneof(
    { weight: 2, arbitrary: fc.tuple(fc.integer({ min: 0, max: contextLength })) },
    fc.array(fc.integer({ min: 0, max: contextLength }), { minLength: 2, maxLength: 5 }),
  ),
  promptLogprobCounts: fc.array(fc.option(fc.nat(3)), { minLength: 5, maxLength: 5 }),
  cacheSalt: fc.constantFrom('', '', 'other'),
  priority: fc.constantFrom(0, 0, 0, -1, 5),
  stopIds: fc.uniqueArray(fc.nat(vocabularySize - 1), { maxLength: 2 }),
  seed: fc.nat(2),
  turn: fc.oneof(fc.constant(contextLength), fc.nat(contextLength)),
});
const abortion = fc.record({ kind: fc.constant('abort' as const), id: fc.nat(20) });
const steps = fc.record({
  kind: fc.constant('step' as const),
  count: fc.integer({ min: 1, max: 9 }),
});
const failure = fc.record({
  kind: fc.constant('fail' as const),
  when: fc.constantFrom('early' as const, 'late' as const),
});
const forgetting = fc.record({ kind: fc.constant('forget' as const) });
const operation = fc.oneof(
  { weight: 6, arbitrary: submission },
  { weight: 6, arbitrary: steps },
  { weight: 2, arbitrary: abortion },
  { weight: 1, arbitrary: failure },
  { weight: 1, arbitrary: forgetting },
);

test('whatever happens around it, a sequence generates what it generates alone, and ends once', () => {
  let moveCount = 0;
  let forkCount = 0;
  let batchedCount = 0;
  let reusedTokenCount = 0;
  let acceptedTokenCount = 0;
  let rejectedTokenCount = 0;
  fc.assert(
    fc.property(
      settings,
      fc.array(operation, { minLength: 10, maxLength: 60 }),
      (chosen, operations) => {
        const world = new World(chosen);
        for (const operation of operations) {
          if (operation.kind === 'submit') {
            world.submit(operation);
          } else if (operation.kind === 'abort') {
            if (operation.id < world.texts.length) world.abort(operation.id);
          } else if (operation.kind === 'forget') {
            world.scheduler.forget();
          } else if (operation.kind === 'fail') {
            world.step(operation.when);
          } else {
            for (let step = 0; step < operation.count; step += 1) world.step('none');
          }
          world.check();
        }
        // Alone, a sequence needs a step for each of its tokens at most; turns add what others do.
        const perText = contextLength * (chosen.chunksPerTurn + chosen.decodesPerTurn);
        let stepsLeft = 1 + world.open.length * perText;
        while (world.step('none')) {
          world.check();
          stepsLeft -= 1;
          expect(stepsLeft, 'everybody is done in bounded time').toBeGreaterThan(0);
        }
        expect(world.rows.usedRowCount).toBe(0);
        for (const text of world.texts) checkText(text);
        moveCount += world.moveCount;
        forkCount += world.forkCount;
        batchedCount += world.batchedCount;
        reusedTokenCount += world.reusedTokenCount;
        acceptedTokenCount += world.drafter.acceptedCount;
        rejectedTokenCount += world.drafter.rejectedCount;
      },
    ),
    { numRuns: 600 },
  );
  expect(moveCount, 'some schedules move rows').toBeGreaterThan(20);
  expect(forkCount, 'some schedules fork').toBeGreaterThan(100);
  expect(batchedCount, 'some schedules prefill several prompts at once').toBeGreaterThan(100);
  expect(reusedTokenCount, 'some schedules reuse prefixes').toBeGreaterThan(1000);
  expect(acceptedTokenCount, 'some drafts are right').toBeGreaterThan(1000);
  expect(rejectedTokenCount, 'and some are not').toBeGreaterThan(1000);
});

function checkText({ prompt, expected, tokens, ends, finish }: Text): void {
  expect(finish).not.toBeNull();
  expect(tokens).toEqual(expected.slice(0, tokens.length));
  if (finish === 'stop' || finish === 'length') {
    expect(tokens).toEqual(expected);
    if (ends.length > 0) expect(ends.at(-1)).toBe(prompt.length);
  }
}
