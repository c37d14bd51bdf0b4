// Random schedules over blocks: whatever comes, fails, is preempted or given up around it, each
// sequence generates exactly what it generates alone, and ends once.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contextLength, operation, requestsOf, settings } from './workload.ts';
import { type PagedText, PagedWorld } from './world.ts';

test('whatever happens around it, a sequence generates what it generates alone, and ends once', () => {
  const counts = { copies: 0, forks: 0, mixed: 0, reused: 0, preempted: 0 };
  fc.assert(
    fc.property(
      settings,
      fc.array(operation, { minLength: 10, maxLength: 60 }),
      (chosen, operations) => {
        const world = new PagedWorld(chosen);
        for (const operation of operations) {
          if (operation.kind === 'submit') {
            for (const request of requestsOf(operation, world.texts.length)) world.submit(request);
          } else if (operation.kind === 'abort') {
            if (operation.id < world.texts.length) world.abort(operation.id);
          } else if (operation.kind === 'forget') {
            world.scheduler.forget();
          } else if (operation.kind === 'fail') {
            world.step(operation.how, operation.which);
          } else {
            for (let step = 0; step < operation.count; step += 1) world.step();
          }
          world.check();
        }
        // Alone, a sequence needs a step for each of its tokens at most; who is served before it may
        // have begun anew because of it.
        let stepsLeft = 1 + world.open.length * 2 * contextLength;
        while (world.step()) {
          world.check();
          stepsLeft -= 1;
          expect(stepsLeft, 'everybody is done in bounded time').toBeGreaterThan(0);
        }
        expect(world.pool.usedBlockCount, 'nothing is leaked').toBe(0);
        for (const text of world.texts) checkText(text);
        counts.copies += world.copyCount;
        counts.forks += world.forkCount;
        counts.mixed += world.mixedCount;
        counts.reused += world.reusedTokenCount;
        counts.preempted += world.scheduler.preemptionCount;
      },
    ),
    { numRuns: 150 },
  );
  expect(counts.copies, 'some blocks are copied').toBeGreaterThan(100);
  expect(counts.forks, 'some prompts fork').toBeGreaterThan(100);
  expect(counts.mixed, 'some steps are mixed').toBeGreaterThan(200);
  expect(counts.reused, 'some prefixes are reused').toBeGreaterThan(1000);
  expect(counts.preempted, 'some sequences are preempted').toBeGreaterThan(30);
});

function checkText({ expected, tokens, finish }: PagedText): void {
  expect(finish).not.toBeNull();
  expect(tokens).toEqual(expected.slice(0, tokens.length));
  if (finish === 'stop' || finish === 'length') expect(tokens).toEqual(expected);
}
