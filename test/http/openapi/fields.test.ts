// Every field that the server reads is in the document as the server reads it: the same limits, and
// the default that it really has.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Field, FieldTable } from '../../../src/http/completion/field.ts';
import type { Body } from '../../../src/http/openapi/operation.ts';
import { operationsOf } from '../../../src/http/openapi/operations.ts';
import type { Schema } from '../../../src/http/openapi/specification.ts';
import { complete, says, serve } from '../harness.ts';
import { document, facts } from './described-server.ts';
import { nearlyValuesOf, valuesOf } from './schema-values.ts';
import { Validators } from './validators.ts';

const validators = new Validators(document);
const bodies = operationsOf(facts).flatMap(({ body }) => (body === undefined ? [] : [body]));

interface Pair {
  readonly name: string;
  readonly field: Field<unknown>;
  readonly schema: Schema;
}

/** The fields of a table and of the tables in it, each with what the document says of it. */
function pairsOf(table: FieldTable, schema: Schema, prefix = ''): readonly Pair[] {
  expect(Object.keys(schema.properties ?? {})).toEqual(Object.keys(table));
  return Object.entries(table).flatMap(([name, field]) => {
    const described = schema.properties![name]!;
    const inner =
      field.within === undefined
        ? []
        : pairsOf(field.within, described.items ?? described, `${prefix}${name}.`);
    return [{ name: prefix + name, field, schema: described }, ...inner];
  });
}

function pairsOfBody({ name, table }: Body): readonly Pair[] {
  return pairsOf(table, validators.document.components.schemas[name]!);
}

test.each(bodies)('the fields of $name have their limits and their meanings', (body) => {
  for (const { name, field, schema } of pairsOfBody(body)) {
    expect(schema['x-accepts'], name).toBe(field.accepts);
    expect(schema.description?.toLowerCase(), name).toContain(field.meaning.toLowerCase());
    if (field.within !== undefined) continue;
    const isValid = validators.of(schema);
    const values = fc.oneof(valuesOf(schema), nearlyValuesOf({ properties: { name: schema } }));
    fc.assert(
      fc.property(values, (value) =>
        value === null
          ? isValid(value) !== (field.isRequired === true)
          : isValid(value) === field.check(value),
      ),
      { numRuns: 50 },
    );
  }
});

/** What the engine is asked for, whatever it answers. */
async function asked(body: object): Promise<unknown> {
  const { app, engine } = await serve({ script: () => says(' a fox and a hen') });
  const response = await complete(app, body);
  expect(response.statusCode).toBe(200);
  return [engine.submitted, response.body];
}

const { CompletionRequest } = validators.document.components.schemas;
const withDefault = Object.entries(CompletionRequest!.properties!).filter(
  ([, { default: fallback }]) => fallback !== undefined,
);

test.each(withDefault)(
  '%s with its default asks for the same as without it',
  async (name, schema) => {
    const others = { prompt: 'Once upon', logprobs: 2 };
    expect(await asked({ ...others, [name]: schema.default })).toEqual(await asked(others));
  },
);
