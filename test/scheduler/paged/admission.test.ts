// Prompts that begin alike and arrive together.

import { describe, expect, test } from 'vitest';
import { start } from './setup.ts';

describe('a prompt that is being computed for another', () => {
  test('waits for it, and then computes the rest', () => {
    const { submit, step } = start({ stepTokens: 32, reusesPrefixes: true });
    submit(0, 12);
    submit(1, 14);
    expect(step().prompts).toEqual([[0, 0, 12]]);
    expect(step()).toMatchObject({ decoding: [0], prompts: [[1, 12, 2]] });
  });

  test('does not wait where nothing is reused', () => {
    const { submit, step } = start({ stepTokens: 32 });
    submit(0, 12);
    submit(1, 14);
    expect(step().prompts).toHaveLength(2);
  });

  test.each([
    ['less than half of it is', { promptIds: Int32Array.of(1, 2, 3, 40, 50, 60, 70, 80) }],
    ['the other is not to be shared with it', { cacheSalt: 'own' }],
    ['it is scored, and the other is not', { promptLogprobCount: 0 }],
  ])('does not wait where %s', (_, further) => {
    const { submit, step } = start({ stepTokens: 32, reusesPrefixes: true });
    submit(0, 12);
    submit(1, 12, further);
    expect(step().prompts.map(([id]) => id)).toEqual([0, 1]);
  });

  test('goes on when the other is given up', () => {
    const { scheduler, submit, step } = start({ reusesPrefixes: true });
    submit(0, 30, { maxTokens: 1 });
    submit(1, 30, { maxTokens: 1 });
    expect(step().prompts).toEqual([[0, 0, 16]]);
    scheduler.abort(0);
    expect(step().prompts).toEqual([[1, 16, 14]]);
  });
});
