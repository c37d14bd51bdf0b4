import { expect, test } from 'vitest';
import { leastTokens } from '../../../src/scheduler/pace.ts';
import { stepTokensFor } from '../../../src/scheduler/paged/mixed-pace.ts';
import { takeNews } from '../news.ts';
import { start } from './setup.ts';

test('a step has a token of everybody who decodes, then the prompts in their order', () => {
  const { submit, step } = start({ stepTokens: 12 });
  submit(0, 5);
  submit(1, 4);
  expect(step().prompts).toEqual([
    [0, 0, 5],
    [1, 0, 4],
  ]);
  submit(2, 20);
  submit(3, 3);
  expect(step()).toMatchObject({ decoding: [0, 1], prompts: [[2, 0, 10]] });
  expect(step()).toMatchObject({
    decoding: [0, 1],
    prompts: [[2, 10, 10]],
  });
  expect(step()).toMatchObject({ decoding: [0, 1, 2], prompts: [[3, 0, 3]] });
  expect(step()).toMatchObject({ decoding: [0, 1, 2, 3], prompts: [] });
});

test('a prompt that began goes on before one that is served first begins', () => {
  const { submit, step } = start();
  submit(0, 20);
  step();
  submit(1, 20, { priority: -1 });
  expect(step().prompts).toEqual([
    [0, 16, 4],
    [1, 0, 12],
  ]);
});

test('a prompt gets on beside a crowd, however few tokens a step has', () => {
  const { submit, step } = start({ slotCount: 4, stepTokens: 4 });
  for (const id of [0, 1, 2]) submit(id, 1, { maxTokens: 30 });
  step();
  submit(3, 5);
  for (let token = 0; token < 5; token += 1) {
    expect(step()).toMatchObject({ decoding: [0, 1, 2], prompts: [[3, token, 1]] });
  }
  expect(step().decoding).toEqual([0, 1, 2, 3]);
});

test('beside a crowd a prompt has a few tokens of each step at least', () => {
  expect(stepTokensFor(1024, 256)).toBe(1024);
  expect(stepTokensFor(256, 256)).toBe(256 + leastTokens);
});

test('no more run than there are tables for', () => {
  const { scheduler, submit, step } = start({ slotCount: 2 });
  for (const id of [0, 1, 2]) submit(id, 2);
  step();
  expect(scheduler.load).toMatchObject({ runningCount: 2, waitingCount: 1 });
  scheduler.abort(0);
  expect(step()).toMatchObject({ decoding: [1], prompts: [[2, 0, 2]] });
});

test('a step that fails gives up whom it carried, and nobody else', () => {
  const { scheduler, submit, step } = start({ stepTokens: 8, slotCount: 8 });
  submit(0, 3);
  submit(1, 20);
  submit(2, 3);
  step();
  takeNews(scheduler.outcome);
  scheduler.fail(scheduler.plan()!, 'broken');
  expect(takeNews(scheduler.outcome)).toEqual([
    [0, -1, 'error'],
    [1, -1, 'error'],
  ]);
  scheduler.checkIntegrity();
  expect(step().prompts).toEqual([[2, 0, 3]]);
});

test('a step is as long as one without prompts and one decode step for each prompt', () => {
  const { submit, step } = start({
    slotCount: 4,
    stepTokens: 200,
    contextLength: 512,
    blockCount: 512,
  });
  submit(0, 100, { maxTokens: 100 });
  step(116);
  for (let count = 0; count < 9; count += 1) step(30);
  submit(1, 300);
  const [[, , tokenCount]] = step(60).prompts as [[number, number, number]];
  // Of 60 ms a run takes 16, and each token 1, the one of who decodes included.
  expect(tokenCount).toBe(43);
});

test('what cannot be carried out is refused', () => {
  expect(() => start({ slotCount: 8, stepTokens: 7 })).toThrow(
    'a step has a token for everybody who runs',
  );
  const { scheduler, submit } = start();
  expect(() => submit(0, 30)).toThrow('fit in the context');
  submit(0, 3);
  const plan = scheduler.plan()!;
  expect(() => scheduler.plan()).toThrow('before the next');
  expect(() => scheduler.abort(0)).toThrow('between steps');
  scheduler.fail(plan, 'broken');
  expect(() => scheduler.commit(plan, new Int32Array(1))).toThrow('once');
});
