// Redirects between https and http, for which no server with a certificate is needed.

import { expect, test } from 'vitest';
import { follow } from '../../src/hub/redirects.ts';
import type { Reply } from '../../src/hub/transport.ts';

function hops(...locations: string[]) {
  return async (url: URL): Promise<Reply> => {
    const location = locations.shift() ?? null;
    return {
      url,
      status: location === null ? 200 : 302,
      header: () => location,
      body: (async function* () {})(),
      discard: () => {},
    };
  };
}

test('from http to https is a way up, and is gone', async () => {
  const reply = await follow(new URL('http://a/x'), hops('https://b/y', '/z'));
  expect(reply.url.href).toBe('https://b/z');
});

test('from https to http is refused, without the signature in the message', async () => {
  const start = new URL('https://a/x?Signature=secret');
  const error: Error = await follow(start, hops('http://b/y?Signature=secret')).catch((e) => e);
  expect(error.message).toBe('https://a/x redirects from https to http, to b');
});

test('to nowhere is refused', async () => {
  await expect(follow(new URL('https://a/x'), hops('http://'))).rejects.toThrow(/to nowhere/);
});
