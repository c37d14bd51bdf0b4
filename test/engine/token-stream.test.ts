// How a reader learns of a sequence's end.

import { expect, test } from 'vitest';
import type { TokenBatch } from '../../src/engine/engine.ts';
import { PendingTokens } from '../../src/engine/token-stream.ts';
import { ServeError } from '../../src/errors.ts';

async function read(stream: PendingTokens): Promise<TokenBatch[]> {
  const batches: TokenBatch[] = [];
  for await (const batch of stream) batches.push(batch);
  return batches;
}

const gone = new ServeError('engine_stopped', 'the engine stopped');

test('a failure is thrown', async () => {
  const stream = new PendingTokens(() => {});
  stream.push(5, null);
  stream.fail(gone);
  await expect(read(stream)).rejects.toBe(gone);
});

test('a failure after another ending changes nothing', async () => {
  const stream = new PendingTokens(() => {});
  stream.push(5, null);
  stream.abort();
  stream.fail(gone);
  expect(await read(stream)).toMatchObject([{ ids: [5], finish: 'abort' }]);
});

test('leaving the loop aborts, once', async () => {
  let abortCount = 0;
  const stream = new PendingTokens(() => {
    abortCount += 1;
  });
  stream.push(5, null);
  for await (const _ of stream) break;
  stream.abort();
  expect(abortCount).toBe(1);
});
