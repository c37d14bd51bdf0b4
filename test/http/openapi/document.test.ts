// The document is OpenAPI 3.1, and is about this server: all of its routes and fields, and no others.

import type { FastifyInstance } from 'fastify';
import { expect, test } from 'vitest';
import { describeServer } from '../../../src/http/openapi/document.ts';
import { operationsOf } from '../../../src/http/openapi/operations.ts';
import type { Schema } from '../../../src/http/openapi/specification.ts';
import { serve } from '../harness.ts';
import { document, facts, headersFor, serveEverything } from './described-server.ts';
import { routesIn, Validators } from './validators.ts';

const routes = routesIn(document);

/** Every value in the document that has this name. */
function everyValue(part: unknown, name: string): unknown[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => [
    ...(key === name ? [value] : []),
    ...everyValue(value, name),
  ]);
}

test('the server gives the document out as JSON', async () => {
  const { app } = await serveEverything();
  const url = '/openapi.json';
  const response = await app.inject({ url, headers: headersFor(document.paths[url]!.get!) });
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(response.json()).toEqual(JSON.parse(JSON.stringify(document)));
});

test('every reference leads somewhere, and everything is referred to', () => {
  const known = Object.keys(document.components.schemas);
  const referred = new Set(everyValue(document, '$ref'));
  expect([...referred].toSorted()).toEqual(
    known.map((name) => `#/components/schemas/${name}`).toSorted(),
  );
});

test('every schema is a JSON schema, without keywords of other languages', () => {
  const validators = new Validators(document);
  const { components, paths } = validators.document;
  for (const schema of Object.values(components.schemas)) validators.of(schema);
  for (const schema of everyValue(paths, 'schema')) validators.of(schema as Schema);
});

test('every operation has a name of its own, a known group, and the parameters of its path', () => {
  const names = routes.map(({ operation }) => operation.operationId);
  expect(new Set(names).size).toBe(names.length);
  const groups = document.tags.map(({ name }) => name);
  for (const { path, operation } of routes) {
    expect(groups).toEqual(expect.arrayContaining([...operation.tags]));
    const inBraces = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name }) => name)).toEqual(inBraces);
    expect(inPath.every(({ required }) => required)).toBe(true);
  }
});

const plain = { model: 'storyteller', asksForKeys: false, hasOperators: false };

test.each([
  ['with everything', serveEverything, facts],
  ['without keys', serve, plain],
])('the document has every route of a server %s, and no other', async (_, start, facts) => {
  const { app } = await start();
  const described = operationsOf(facts).map(
    ({ method, path, route }) => `${method} ${route ?? path}`,
  );
  // A HEAD comes with each GET.
  const known = routesOf(app).filter((route) => !route.startsWith('HEAD '));
  expect(described.toSorted()).toEqual(known.toSorted());
});

test('a route asks for the key that the document says, and takes it in each of the ways', async () => {
  const { app } = await serveEverything();
  const { securitySchemes = {} } = document.components;
  for (const { method, path, operation } of routes) {
    const url = path.replace(/\{\w+\}/, facts.model);
    const ask = (headers: Record<string, string>) =>
      app.inject({ method: method as 'GET', url, headers, payload: method === 'GET' ? '' : '{' });
    const schemes = (operation.security ?? []).flatMap((one) => Object.keys(one));
    expect((await ask({})).statusCode === 401, url).toBe(schemes.length > 0);
    expect('401' in operation.responses, url).toBe(schemes.length > 0);
    const { authorization = '' } = headersFor(operation);
    for (const name of schemes) {
      const scheme = securitySchemes[name]!;
      const shown =
        scheme.type === 'http'
          ? { authorization }
          : { [scheme.name]: authorization.replace('Bearer ', '') };
      expect((await ask(shown)).statusCode, `${url} ${name}`).not.toBe(401);
    }
  }
});

test('a server without keys asks for none', () => {
  const { paths, components } = describeServer(plain);
  expect(everyValue(paths, 'security')).toEqual([]);
  expect(everyValue(paths, '401')).toEqual([]);
  expect(components.securitySchemes).toEqual({});
});

/** Each as `GET /health`, from fastify's drawing of its tree of routes. */
function routesOf(app: FastifyInstance): string[] {
  const line = /^((?:│ {3}| {4})*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?$/gm;
  const above: string[] = [];
  const drawing = app.printRoutes();
  return [...drawing.matchAll(line)].flatMap(([, indent, part, methods]) => {
    above.length = indent!.length / 4;
    above.push(part!);
    const path = above.join('').replace(/\/?\*$/, '/*');
    return (methods?.split(', ') ?? []).map((method) => `${method} ${path}`);
  });
}
