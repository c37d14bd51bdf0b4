// What browsers are told, for each page that may ask and each kind of asking.

import { describe, expect, test } from 'vitest';
import { serve } from './harness.ts';

const friend = 'https://app.example';
const preflight = { 'access-control-request-method': 'POST' };

describe('a page may read an answer just where the guard lets it in', () => {
  test.each([
    [[], undefined, 200, undefined],
    [[], friend, 403, undefined],
    [[friend], undefined, 200, undefined],
    [[friend], friend, 200, friend],
    [[friend], 'https://other.example', 403, undefined],
    [[friend], 'http://app.example', 403, undefined],
    [[friend], 'null', 403, undefined],
    [['*'], friend, 200, friend],
    [['*'], 'null', 200, 'null'],
    [['null'], 'null', 200, 'null'],
  ])('%j and %s: %d', async (allowedOrigins, origin, status, allowed) => {
    const { app } = await serve({}, { allowedOrigins });
    const headers = origin === undefined ? {} : { origin };
    const answer = await app.inject({ url: '/v1/models', headers });
    const asked = await app.inject({
      method: 'OPTIONS',
      url: '/v1/models',
      headers: { ...headers, ...preflight },
    });
    for (const { headers } of [answer, asked]) {
      expect(headers['access-control-allow-origin']).toBe(allowed);
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
      expect(headers['vary']).toBe(allowedOrigins.length > 0 ? 'origin' : undefined);
    }
    expect(answer.statusCode).toBe(status);
    expect(asked.statusCode === 204).toBe(allowed !== undefined);
  });
});

test('a page of the internet may ask leave to reach into a private network', async () => {
  const { app } = await serve({}, { allowedOrigins: [friend] });
  const headers = { origin: friend, ...preflight };
  const options = { method: 'OPTIONS', url: '/v1/completions' } as const;
  const name = 'access-control-allow-private-network';
  expect((await app.inject({ ...options, headers })).headers).not.toHaveProperty(name);
  const asking = { ...headers, 'access-control-request-private-network': 'true' };
  expect((await app.inject({ ...options, headers: asking })).headers[name]).toBe('true');
});
