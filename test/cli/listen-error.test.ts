// What is said where a server cannot listen.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { explainedListening, requireAddress } from '../../src/cli/listen-error.ts';

async function failure(host: string, port: number): Promise<unknown> {
  return await requireAddress(host, port).then(
    () => {
      throw new Error(`${host}:${port} was free`);
    },
    (error: unknown) => error,
  );
}

test('a port that is taken is named, with what to do', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = taken.address() as AddressInfo;
    expect(await failure('127.0.0.1', port)).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(
        new RegExp(`^--port ${port}: another program listens there already, .*choose another port`),
      ),
    });
  } finally {
    await new Promise((resolve) => taken.close(resolve));
  }
});

test('an address of another machine is refused as a setting', async () => {
  // Of those that are set aside for documents.
  expect(await failure('192.0.2.1', 0)).toMatchObject({
    code: 'invalid_setting',
    param: '--host',
    message: '--host 192.0.2.1 is no address of this machine; 0.0.0.0 stands for all of them',
  });
});

test('a failure of another kind stays what it is', () => {
  const error = new Error('no more descriptors');
  expect(explainedListening(error, 'a', 1)).toBe(error);
});
