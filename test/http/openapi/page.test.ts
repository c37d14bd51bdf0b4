// The page says everything that the document does, and takes nothing that it shows for markup.

import { expect, test } from 'vitest';
import { html } from '../../../src/http/docs/html.ts';
import { page } from '../../../src/http/docs/page.ts';
import { phrase, prose } from '../../../src/http/docs/prose.ts';
import { describeServer } from '../../../src/http/openapi/document.ts';
import type { Schema } from '../../../src/http/openapi/specification.ts';
import { document, facts, headersFor, serveEverything } from './described-server.ts';
import { bodySchemaOf, routesIn, Validators } from './validators.ts';

const origin = 'http://127.0.0.1:8000';
const markup = page(document, origin);

/** As a reader sees it. */
function textOf(markup: string): string {
  return markup
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code));
}

test('the server shows the page, which may load and run nothing', async () => {
  const { app } = await serveEverything();
  const headers = { ...headersFor(document.paths['/docs']!.get!), host: 'localhost:8000' };
  const response = await app.inject({ url: '/docs', headers });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(response.headers['content-security-policy']).toContain("default-src 'none'");
  expect(response.body).toBe(page(document, 'http://localhost:8000'));
  expect(response.body).not.toMatch(/<script|<img|<link| style=| on\w+=|src=/);
});

test.each(routesIn(document))('the page has $method $path', ({ method, path, operation }) => {
  const text = textOf(markup);
  expect(text).toContain(`${method} ${path}`);
  expect(text).toContain(operation.summary);
  for (const { when } of operation['x-rules'] ?? [])
    expect(text).toContain(textOf(String(when)).replaceAll('`', ''));
});

/** Of a body, and of what is in it. */
function fieldsOf(schema: Schema, prefix = ''): readonly (readonly [string, Schema])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    [prefix + name, field] as const,
    ...fieldsOf(field, `${prefix}${name}.`),
    ...fieldsOf(field.items ?? {}, `${prefix}${name}[].`),
  ]);
}

test('the page has every field with its meaning, what it accepts, and its default', () => {
  const text = textOf(markup).toLowerCase();
  const validators = new Validators(document);
  for (const { operation } of routesIn(document)) {
    for (const [name, field] of fieldsOf(validators.resolve(bodySchemaOf(operation) ?? {}))) {
      expect(markup).toContain(`id="${operation.operationId}.${name}"`);
      expect(text).toContain(field.description?.toLowerCase());
      const fallback =
        field.default === undefined ? '' : `; ${JSON.stringify(field.default)} by default`;
      expect(text).toContain(`${field['x-accepts']?.toLowerCase()}${fallback}`);
    }
  }
});

test('the page has every code of an error', () => {
  for (const { code } of document['x-errors']) expect(markup).toContain(`id="${code}"`);
});

test('every link within the page leads somewhere, and every id is there once', () => {
  const ids = [...markup.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, target] of markup.matchAll(/ href="#([^"]*)"/g)) expect(ids).toContain(target);
});

test('every element is closed in its order', () => {
  const alone = ['meta', 'wbr', '!doctype'];
  const open: string[] = [];
  for (const [, slash, name] of markup.matchAll(/<(\/?)([a-z0-9!]+)/g)) {
    if (alone.includes(name!)) continue;
    if (slash === '/') expect(open.pop()).toBe(name);
    else open.push(name!);
  }
  expect(open).toEqual([]);
});

test('what comes from outside is escaped', () => {
  const bad = '"><script>alert(1)</script>&\'';
  expect(html`<p title="${bad}">${[bad]}</p>`.markup).not.toMatch(/<script|&'|">"|alert\(1\)<\//);
  const named = describeServer({ ...facts, model: bad });
  expect(page(named, `http://${bad}`)).not.toContain('<script');
});

test('prose has paragraphs, code, and blocks of code', () => {
  const shown = prose('one `a<b`\n\n```\nx  y\n\nz\n```\n\ntwo').map(({ markup }) => markup);
  expect(shown).toEqual([
    '<p>one <code>a&#60;b</code></p>',
    '<pre tabindex="0"><code>x  y\n\nz</code></pre>',
    '<p>two</p>',
  ]);
  expect(html`${phrase('plain')}`.markup).toBe('plain');
});
