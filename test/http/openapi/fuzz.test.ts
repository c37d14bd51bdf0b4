// Requests made from the document, right and wrong ones. Whatever comes: no 5xx, no status and no shape
// that the document does not name; what a schema forbids is refused, and what it allows is refused only
// for a reason that the document gives.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isObject } from '../../../src/http/completion/read-fields.ts';
import type { OperationObject } from '../../../src/http/openapi/specification.ts';
import { turn } from '../harness.ts';
import { document, facts, headersFor, serveEverything } from './described-server.ts';
import { nearlyValuesOf, valuesOf } from './schema-values.ts';
import { bodySchemaOf, checkAnswer, routesIn, Validators } from './validators.ts';

const validators = new Validators(document);
const routes = routesIn(validators.document);
const withBody = routes.filter(({ operation }) => operation.requestBody !== undefined);
const withoutBody = routes.filter(({ operation }) => operation.requestBody === undefined);

/** Refusals that depend on the moment, or on the size of the body. */
const passing = ['queue_full', 'body_too_large'];

function isExplained({ 'x-rules': rules = [] }: OperationObject, error: WireErrorBody): boolean {
  if (passing.includes(error.code)) return true;
  const param = error.param?.replace(/\[\d+\]/g, '[]') ?? null;
  return rules.some((rule) => rule.code === error.code && rule.param === param);
}

interface WireErrorBody {
  readonly code: string;
  readonly param: string | null;
}

test.each(withBody)('$method $path does with any body what the document says', async (route) => {
  const { method, path, operation } = route;
  const schema = bodySchemaOf(operation)!;
  const target = validators.resolve(schema);
  const isValid = validators.of(schema);
  const { app, engine } = await serveEverything();
  const statuses = new Set<number>();
  const { examples = {} } = operation.requestBody!.content['application/json']!;
  const example = fc.constantFrom(...Object.values(examples).map(({ value }) => value));
  const any = fc.oneof(valuesOf(target), nearlyValuesOf(target));
  // What is right in an example may be hard to come to by chance.
  const bodies = fc.oneof(
    any,
    fc.tuple(any, example).map(([body, right]) => (isObject(body) ? { ...body, ...right } : body)),
  );
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const response = await app.inject({
        method: method as 'POST',
        url: path,
        headers: headersFor(operation),
        payload: JSON.stringify(body),
      });
      statuses.add(response.statusCode);
      expect(response.statusCode).toBeLessThan(500);
      checkAnswer(validators, operation, response);
      const isAllowed = isValid(JSON.parse(JSON.stringify(body)));
      if (!isAllowed) expect([400, 404]).toContain(response.statusCode);
      else if (response.statusCode !== 200) {
        expect(response.json().error).toSatisfy((error) => isExplained(operation, error));
      }
    }),
    { numRuns: 150 },
  );
  // It would be of no use if nothing came past the reading of fields, or everything did.
  expect(statuses).toContain(400);
  expect(Math.min(...statuses) < 400 || statuses.has(404)).toBe(true);
  await turn();
  expect(engine.openCount).toBe(0);
});

test.each(withoutBody)('$method $path answers as the document says', async (route) => {
  const { method, path, operation } = route;
  const { app } = await serveEverything();
  const segment = fc.oneof(fc.constant(facts.model), fc.string({ unit: 'grapheme' }), fc.webPath());
  const query = fc.webQueryParameters();
  await fc.assert(
    fc.asyncProperty(segment, query, async (name, search) => {
      const url = path.replace(/\{\w+\}/, () => encodeURIComponent(name));
      const response = await app.inject({
        method: method as 'GET',
        url: `${url}?${search}`,
        headers: headersFor(operation),
      });
      checkAnswer(validators, operation, response);
    }),
    { numRuns: path.includes('{') ? 100 : 5 },
  );
});
