// Waiting, on a terminal and elsewhere.

import { expect, test } from 'vitest';
import { type Ticker, whileWaiting } from '../../src/cli/waiting.ts';

function staged(isTTY: boolean) {
  let written = '';
  let now = 0;
  let run = () => {};
  const ticker: Ticker = {
    nowMs: () => now,
    every: (_, again) => {
      run = again;
      return () => {
        run = () => {};
      };
    },
  };
  const pass = (ms: number) => {
    now += ms;
    run();
  };
  const output = { isTTY, write: (text: string) => (written += text) };
  return { ticker, output, pass, written: () => written };
}

test('a terminal sees after a moment that something goes on, and at the end nothing of it', async () => {
  const { ticker, output, pass, written } = staged(true);
  const work = deferred();
  const waiting = whileWaiting('loading', work.promise, output, ticker);
  pass(100);
  expect(written()).toBe('');
  pass(500);
  expect(written()).toMatch(/^\r\S loading(?! \d)/);
  pass(1500);
  expect(written()).toMatch(/\r\S loading 2 s/);
  work.resolve('done');
  expect(await waiting).toBe('done');
  expect(written().endsWith('\r\x1b[K')).toBe(true);
  const before = written();
  pass(1000);
  expect(written()).toBe(before);
});

test('a failure is passed on, and leaves nothing either', async () => {
  const { ticker, output, pass, written } = staged(true);
  const work = deferred();
  const waiting = whileWaiting('loading', work.promise, output, ticker);
  pass(1000);
  work.reject(new Error('broken'));
  await expect(waiting).rejects.toThrow('broken');
  expect(written().endsWith('\r\x1b[K')).toBe(true);
  expect(process.listeners('exit').some(({ name }) => name === 'wipe')).toBe(false);
});

test('elsewhere there is nothing to see', async () => {
  const { ticker, output, pass, written } = staged(false);
  const work = deferred();
  const waiting = whileWaiting('loading', work.promise, output, ticker);
  pass(10_000);
  work.resolve('done');
  await waiting;
  expect(written()).toBe('');
});

function deferred() {
  let resolve: (value: unknown) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<unknown>((keep, fail) => {
    resolve = keep;
    reject = fail;
  });
  return { promise, resolve, reject };
}
