// The page over HTTP: what it is sent with, and to whom. Its files are those of the last build.

import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readPageFiles } from '../../src/http/page/page-files.ts';
import { serve } from './harness.ts';

const files = readPageFiles();
const why = files.size === 0 ? ' (skipped: the page was not built)' : '';
const built = test.skipIf(files.size === 0);

built(`every file has its type, rules and a tag of its own${why}`, async () => {
  const { app } = await serve();
  for (const [name, { body, tag }] of files) {
    const response = await app.inject(name.endsWith('index.html') ? '/' : `/page/${name}`);
    expect(response.statusCode, name).toBe(200);
    expect(response.rawPayload.equals(body), name).toBe(true);
    expect(response.headers).toMatchObject({
      etag: tag,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    });
    const policy = response.headers['content-security-policy'] as string;
    expect(policy).toMatch(/^default-src 'none'; /);
    expect(policy).not.toContain('unsafe');
  }
  expect(new Set([...files.values()].map(({ tag }) => tag)).size).toBe(files.size);
});

built(`what a browser has already is not sent again${why}`, async () => {
  const { app } = await serve();
  const { headers } = await app.inject('/');
  const again = (tag: string) =>
    app.inject({ url: '/', headers: { 'if-none-match': tag, host: 'localhost' } });
  const tag = headers.etag as string;
  for (const known of [tag, `"other", ${tag}`, tag.replace('W/', '')]) {
    const response = await again(known);
    expect(response.statusCode).toBe(304);
    expect(response.body).toBe('');
    expect(response.headers.etag).toBe(tag);
  }
  expect((await again('"other"')).statusCode).toBe(200);
});

built(`who reads gzip gets it, and caches are told${why}`, async () => {
  const { app } = await serve({}, { allowedOrigins: ['https://elsewhere.example'] });
  const url = '/page/src/page/main.js';
  const response = await app.inject({ url, headers: { 'accept-encoding': 'gzip, deflate, br' } });
  expect(response.headers).toMatchObject({
    'content-encoding': 'gzip',
    vary: 'origin, accept-encoding',
  });
  expect(gunzipSync(response.rawPayload)).toEqual(files.get('src/page/main.js')!.body);
  for (const encoding of ['gzip;q=0', 'br, gzip; q=0.0, identity', '']) {
    const plain = await app.inject({ url, headers: { 'accept-encoding': encoding } });
    expect(plain.headers, encoding).not.toHaveProperty('content-encoding');
  }
  const weighed = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip;q=0.5' } });
  expect(weighed.headers['content-encoding']).toBe('gzip');
});

built(`is small${why}`, () => {
  const bytes = [...files.values()].reduce((sum, { gzipped }) => sum + gzipped().length, 0);
  expect(bytes).toBeLessThan(40_000);
});

built(`needs no key where everything else does${why}`, async () => {
  const { app } = await serve({}, { apiKeys: ['sk-one'] });
  expect((await app.inject('/')).statusCode).toBe(200);
  expect((await app.inject('/page/src/page/main.js')).statusCode).toBe(200);
  expect((await app.inject('/v1/models')).statusCode).toBe(401);
});

built(`the page names all of its modules, and nothing that is elsewhere${why}`, async () => {
  const { app } = await serve();
  const { body } = await app.inject('/');
  for (const name of files.keys()) {
    if (name.endsWith('.js')) expect(body).toContain(`rel="modulepreload" href="page/${name}"`);
  }
  expect(body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  expect(body).not.toMatch(/<style|style="|<script>|\son\w+="/);
});

test.each(['/page/', '/page/src/page/none.js', '/page/../package.json', '/page/%2e%2e/main.js'])(
  'there is nothing at %s',
  async (url) => {
    const { app } = await serve();
    const response = await app.inject(url);
    expect(response.statusCode).toBe(404);
    expect(response.json().error.code).toBe('route_not_found');
  },
);

test('a page of another host gets nothing', async () => {
  const { app } = await serve();
  const response = await app.inject({ url: '/', headers: { host: 'elsewhere.example' } });
  expect(response.statusCode).toBe(403);
});
