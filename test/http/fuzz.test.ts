// Whatever JSON comes, the answer is 200 or a refusal in OpenAI's shape: never a 5xx, never a hang, and
// nothing stays open.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fields } from '../../src/http/completion/fields.ts';
import { complete, serve, turn } from './harness.ts';

const anyValue = fc.oneof(
  fc.jsonValue(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.string(),
  fc.array(fc.oneof(fc.integer({ min: -2, max: 60_000 }), fc.string())),
  fc.array(fc.array(fc.integer({ min: 0, max: 50_256 }))),
);
const knownName = fc.constantFrom(...Object.keys(fields));
const anyBody = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(knownName, anyValue, { maxKeys: 4 }) },
  { weight: 1, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: fc.dictionary(fc.string(), anyValue) },
);

function expectWireError(error: unknown): void {
  expect(error).toEqual({
    message: expect.stringMatching(/./),
    type: expect.stringMatching(/_error$/),
    param: expect.toSatisfy((param) => param === null || typeof param === 'string'),
    code: expect.stringMatching(/^[a-z_]+$/),
  });
}

test('any JSON body is answered or refused', async () => {
  const { app, engine } = await serve();
  await fc.assert(
    fc.asyncProperty(anyBody, async (body) => {
      const response = await complete(app, body);
      if (response.statusCode === 200) return;
      expect(response.statusCode).toBeLessThan(500);
      expectWireError(response.json().error);
    }),
    { numRuns: 500 },
  );
  await turn();
  expect(engine.openCount).toBe(0);
});

test('any text is answered or refused', async () => {
  const { app } = await serve();
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (body) => {
      const response = await complete(app, body);
      expect(response.statusCode).toBeLessThan(500);
      if (response.statusCode !== 200) expectWireError(response.json().error);
    }),
  );
});
