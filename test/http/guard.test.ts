// Which hosts and origins are answered: a matrix of the rules, and that they hold on every way in.

import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { checkHost, checkOrigin, type GuardSettings } from '../../src/http/guard.ts';
import { listen, serve } from './harness.ts';
import { openSocket } from './socket-client.ts';

function settings(changes: Partial<GuardSettings> = {}): GuardSettings {
  return { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [], ...changes };
}

describe('a host is answered', () => {
  test.each([
    ['localhost', {}],
    ['localhost:8000', {}],
    ['LOCALHOST:8000', {}],
    ['localhost.', {}],
    ['127.0.0.1:8000', {}],
    ['[::1]:8000', {}],
    ['[0:0:0:0:0:0:0:1]', {}],
    [undefined, {}],
    ['192.168.1.5:8000', { host: '192.168.1.5' }],
    ['box.lan:8000', { host: 'box.lan' }],
    ['[fe80::1]:8000', { host: 'fe80::1' }],
    ['192.168.1.5:8000', { host: '0.0.0.0' }],
    ['[2001:db8::1]:8000', { host: '::' }],
    ['api.example.com', { allowedHosts: ['api.example.com'] }],
    ['api.example.com:8443', { allowedHosts: ['api.example.com'] }],
    ['api.example.com:8443', { allowedHosts: ['api.example.com:8443'] }],
    ['anything.example', { allowedHosts: ['*'] }],
  ])('%s with %j', (host, changes) => {
    expect(() => checkHost(host, settings(changes))).not.toThrow();
  });
});

describe('a host is refused', () => {
  test.each([
    ['evil.example', {}],
    ['localhost.evil.example', {}],
    ['127.0.0.1.evil.example', {}],
    ['evil.example:8000', { host: '0.0.0.0' }],
    ['192.168.1.5', {}],
    ['192.168.1.6', { host: '192.168.1.5' }],
    ['api.example.com:1', { allowedHosts: ['api.example.com:8443'] }],
    ['sub.api.example.com', { allowedHosts: ['api.example.com'] }],
    ['*', {}],
    ['', {}],
    ['localhost/', {}],
    ['user@localhost', {}],
    ['localhost:8000:1', {}],
    ['localhost:http', {}],
  ])('%s with %j', (host, changes) => {
    expect(() => checkHost(host, settings(changes))).toThrow(/--allowed-hosts/);
  });
});

const here = 'localhost:8000';

describe('an origin is allowed', () => {
  test.each([
    [undefined, here, {}, 'ours'],
    ['http://localhost:8000', here, {}, 'ours'],
    ['http://LOCALHOST:8000', here, {}, 'ours'],
    ['http://localhost', 'localhost:80', {}, 'ours'],
    ['https://api.example.com', 'api.example.com', {}, 'ours'],
    ['https://app.example.com', here, { allowedOrigins: ['https://app.example.com'] }, 'foreign'],
    ['http://localhost:3000', here, { allowedOrigins: ['http://localhost:3000'] }, 'foreign'],
    ['https://any.example', here, { allowedOrigins: ['*'] }, 'foreign'],
    ['null', here, { allowedOrigins: ['null'] }, 'foreign'],
  ])('%s at %s with %j', (origin, host, changes, whose) => {
    expect(checkOrigin(origin, host, settings(changes))).toBe(whose === 'foreign');
  });
});

describe('an origin is refused', () => {
  test.each([
    ['https://evil.example', here, {}],
    ['http://localhost:3000', here, {}],
    ['http://localhost', here, {}],
    ['http://evil.localhost:8000', here, {}],
    ['null', here, {}],
    ['', here, {}],
    ['localhost:8000', here, {}],
    ['http://localhost:8000/path', here, {}],
    ['http://user@localhost:8000', here, {}],
    ['http://app.example.com', here, { allowedOrigins: ['https://app.example.com'] }],
    ['https://app.example.com.evil', here, { allowedOrigins: ['https://app.example.com'] }],
    ['http://localhost:8000', undefined, {}],
  ])('%s at %s with %j', (origin, host, changes) => {
    expect(() => checkOrigin(origin, host, settings(changes))).toThrow(/--allowed-origins/);
  });
});

describe('every way in is guarded', () => {
  test.each([
    ['POST', '/v1/completions'],
    ['GET', '/v1/models'],
    ['GET', '/metrics'],
    ['GET', '/nowhere'],
    ['OPTIONS', '/v1/completions'],
  ] as const)('%s %s', async (method, url) => {
    const { app } = await serve();
    const foreignHost = await app.inject({ method, url, headers: { host: 'evil.example' } });
    expect(foreignHost.statusCode).toBe(403);
    expect(foreignHost.json().error).toMatchObject({
      type: 'permission_error',
      code: 'forbidden_host',
    });
    const foreignPage = await app.inject({
      method,
      url,
      headers: { host: 'localhost:8000', origin: 'https://evil.example' },
    });
    expect(foreignPage.statusCode).toBe(403);
    expect(foreignPage.json().error.code).toBe('forbidden_origin');
    expect(foreignPage.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test.each([{ origin: 'https://evil.example' }, { headers: { host: 'evil.example' } }])(
    'sockets, too: %j',
    async (options) => {
      const server = await serve();
      const url = (await listen(server)).replace('http', 'ws');
      const socket = new WebSocket(`${url}/v1/completions`, options);
      const [error] = await once(socket, 'error');
      expect(error.message).toContain('403');
      // The refused connection is closed by the server, which could not close otherwise.
      await server.app.close();
    },
  );
});

test('a page of an allowed origin may read the answer, after asking', async () => {
  const origin = 'https://app.example.com';
  const { app } = await serve({}, { allowedOrigins: [origin] });
  const asked = await app.inject({
    method: 'OPTIONS',
    url: '/v1/completions',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });
  expect(asked.statusCode).toBe(204);
  expect(asked.headers).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization, content-type, x-api-key, x-request-id',
  });
  for (const stream of [false, true]) {
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/completions',
      headers: { origin },
      payload: { stream },
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'origin' });
  }
});

test('a socket of an allowed origin is let in', async () => {
  const server = await serve({}, { allowedOrigins: ['https://app.example.com'] });
  const client = await openSocket(server, { origin: 'https://app.example.com' });
  expect(client.socket.readyState).toBe(WebSocket.OPEN);
});
