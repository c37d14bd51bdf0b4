// Which key opens which route, wherever the key is carried; and that nothing is open by oversight.

import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { KeyRing } from '../../src/http/key-ring.ts';
import { shownKeys } from '../../src/http/shown-keys.ts';
import { listen, says, serve } from './harness.ts';

const settings = { apiKeys: ['sk-one', 'sk-two'], adminKeys: ['root'] };

const shown = {
  nothing: {},
  'one key': { authorization: 'Bearer sk-one' },
  'another key': { 'x-api-key': 'sk-two' },
  'a wrong key': { authorization: 'Bearer sk-on' },
  "an operator's key": { authorization: 'Bearer root' },
} as const;

type Shown = keyof typeof shown;

const routes: readonly [string, string, readonly Shown[] | 'all'][] = [
  ['GET', '/health', 'all'],
  ['GET', '/ready', 'all'],
  ['HEAD', '/health', 'all'],
  ['GET', '/health?x=1', 'all'],
  ['GET', '/v1/models', ['one key', 'another key']],
  ['GET', '/v1/models/storyteller', ['one key', 'another key']],
  ['POST', '/v1/completions', ['one key', 'another key']],
  ['GET', '/v1/completions', ['one key', 'another key']],
  ['GET', '/metrics', ['one key', 'another key']],
  ['GET', '/nowhere', ['one key', 'another key']],
  ['POST', '/health', ['one key', 'another key']],
  ['GET', '/health/../v1/models', ['one key', 'another key']],
  ['GET', '//health', ['one key', 'another key']],
  ['POST', '/admin/prefix-cache/reset', ["an operator's key"]],
];

describe('with keys, a route is open to those who show one of its keys, and to no others', () => {
  const matrix = routes.flatMap(([method, url, open]) =>
    (Object.keys(shown) as Shown[]).map(
      (who) => [method, url, who, open === 'all' || open.includes(who)] as const,
    ),
  );
  test.each(matrix)('%s %s with %s: %s', async (method, url, who, isOpen) => {
    const { app } = await serve({}, settings);
    const options = { method: method as 'GET', url, headers: shown[who] };
    const { statusCode } = await app.inject(options);
    expect(statusCode !== 401).toBe(isOpen);
  });
});

test('without keys everything is open, but there is nothing to administer', async () => {
  const { app } = await serve();
  for (const [method, url, open] of routes) {
    if (open !== 'all' && open.includes('one key')) {
      const { statusCode } = await app.inject({ method: method as 'GET', url });
      expect(statusCode, url).not.toBe(401);
    }
  }
  for (const url of ['/admin/abort', '/admin/drain', '/admin/prefix-cache/reset']) {
    expect((await app.inject({ method: 'POST', url })).statusCode).toBe(404);
  }
});

test('a refusal says what is asked for, in the shape of OpenAI', async () => {
  const { app } = await serve({}, settings);
  const without = await app.inject('/v1/models');
  expect(without.headers['www-authenticate']).toBe('Bearer realm="kvasir"');
  expect(without.json().error).toMatchObject({
    type: 'invalid_request_error',
    param: null,
    code: 'missing_api_key',
  });
  const wrong = await app.inject({ url: '/v1/models', headers: shown['a wrong key'] });
  expect(wrong.headers['www-authenticate']).toBe('Bearer realm="kvasir", error="invalid_token"');
  expect(wrong.json().error.code).toBe('invalid_api_key');
  expect(wrong.body).not.toContain('sk-');
});

test('a body is not read before its key is', async () => {
  const { app, engine } = await serve({}, { ...settings, maxBodyBytes: 1024 });
  const payload = { prompt: 'x'.repeat(5000) };
  const { statusCode } = await app.inject({ method: 'POST', url: '/v1/completions', payload });
  expect(statusCode).toBe(401);
  expect(engine.submitted).toEqual([]);
});

test('a preflight needs no key, since browsers send none with it', async () => {
  const origin = 'https://app.example';
  const { app } = await serve({}, { ...settings, allowedOrigins: [origin] });
  const { statusCode } = await app.inject({
    method: 'OPTIONS',
    url: '/v1/completions',
    headers: { origin, 'access-control-request-method': 'POST' },
  });
  expect(statusCode).toBe(204);
});

test('a page that is allowed can read why its key was refused', async () => {
  const origin = 'https://app.example';
  const { app } = await serve({}, { ...settings, allowedOrigins: [origin] });
  const { statusCode, headers } = await app.inject({ url: '/v1/models', headers: { origin } });
  expect(statusCode).toBe(401);
  expect(headers['access-control-allow-origin']).toBe(origin);
});

const text = fc.string({ unit: fc.constantFrom(...'abAB-_%/+=. ') });

test('no key is accepted but those that are on the ring', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), text, (keys, key) => {
      expect(new KeyRing(keys).accepts(key)).toBe(keys.includes(key));
    }),
  );
});

test('a key comes out of each place as it was put in', () => {
  const key = fc.string({ unit: fc.constantFrom(...'abYZ09-_%/+=.~'), minLength: 1 });
  fc.assert(
    fc.property(key, (key) => {
      const encoded = encodeURIComponent(key);
      for (const headers of [
        { authorization: `Bearer ${key}` },
        { authorization: `bearer  ${key}` },
        { 'x-api-key': key },
        { 'sec-websocket-protocol': `kvasir, kvasir.key.${encoded}` },
        { 'sec-websocket-protocol': `kvasir.key.${encoded},kvasir` },
      ]) {
        expect(shownKeys(headers)).toEqual([key]);
      }
    }),
  );
});

test.each([
  {},
  { authorization: '' },
  { authorization: 'Bearer' },
  { authorization: 'Bearer ' },
  { authorization: 'Basic c2s6b25l' },
  { authorization: 'Bearer two words' },
  { 'x-api-key': '' },
  { 'sec-websocket-protocol': 'kvasir' },
  { 'sec-websocket-protocol': 'kvasir.key.' },
  { 'sec-websocket-protocol': 'kvasir.key.%zz' },
])('%j shows no key', (headers) => {
  expect(shownKeys(headers)).toEqual([]);
});

describe('a socket', () => {
  async function connect(protocols: string[], headers: Record<string, string> = {}) {
    const server = await serve({ script: () => says(' a') }, settings);
    const url = `${(await listen(server)).replace('http', 'ws')}/v1/completions`;
    const socket = new WebSocket(url, protocols, { headers });
    onTestFinished(() => socket.terminate());
    return socket;
  }

  test.each([[['kvasir', 'kvasir.key.sk-one']], [['kvasir.key.sk-two', 'kvasir']]])(
    'opens with a key among its protocols, which is not repeated: %j',
    async (protocols) => {
      const socket = await connect(protocols);
      await once(socket, 'open');
      expect(socket.protocol).toBe('kvasir');
    },
  );

  test('opens with a key in a header', async () => {
    const socket = await connect([], { authorization: 'Bearer sk-one' });
    await once(socket, 'open');
    expect(socket.protocol).toBe('');
  });

  test.each([
    [[]],
    [['kvasir']],
    [['kvasir', 'kvasir.key.sk-on']],
    [['kvasir', 'kvasir.key.root']],
  ])('does not open with the protocols %j', async (protocols: string[]) => {
    const [error] = await once(await connect(protocols), 'error');
    expect(error.message).toContain('401');
  });
});
