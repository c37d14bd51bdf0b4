// Values for a JSON schema: any that it allows, small ones and those at its limits above all.

import fc from 'fast-check';
import type { Schema } from '../../../src/http/openapi/specification.ts';

export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valuesOf));
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['any']);
  return fc.oneof(...types.map((type) => byType[type]!(schema)));
}

const byType: Record<string, (schema: Schema) => fc.Arbitrary<unknown>> = {
  any: () => fc.jsonValue(),
  null: () => fc.constant(null),
  boolean: () => fc.boolean(),
  integer: (schema) => {
    const min = limit(schema, 'minimum') ?? Number.MIN_SAFE_INTEGER;
    const max = limit(schema, 'maximum') ?? Number.MAX_SAFE_INTEGER;
    const small = { min: Math.max(min, -8), max: Math.min(max, 64) };
    return fc.oneof(fc.integer(small), fc.integer({ min, max }));
  },
  number: (schema) => {
    const min = limit(schema, 'minimum') ?? limit(schema, 'exclusiveMinimum') ?? -1e300;
    const max = limit(schema, 'maximum') ?? 1e300;
    const minExcluded = limit(schema, 'exclusiveMinimum') !== undefined;
    const any = fc.double({ min, max, minExcluded, noNaN: true });
    return fc.oneof(any, fc.constant(max), ...(minExcluded ? [] : [fc.constant(min)]));
  },
  string: (schema) => {
    if (schema['pattern'] !== undefined)
      return fc.stringMatching(new RegExp(String(schema['pattern'])));
    const minLength = limit(schema, 'minLength') ?? 0;
    const maxLength = Math.min(limit(schema, 'maxLength') ?? 12, 2000);
    const text = fc.string({ unit: 'grapheme-ascii', minLength, maxLength });
    const short = { minLength, maxLength: Math.min(maxLength, minLength + 6) };
    return fc.oneof(text, fc.string({ unit: 'binary', ...short }));
  },
  array: (schema) => {
    const minLength = limit(schema, 'minItems') ?? 0;
    const maxLength = Math.min(limit(schema, 'maxItems') ?? 4, minLength + 4);
    return fc.array(valuesOf(schema.items ?? {}), { minLength, maxLength });
  },
  object: (schema) => {
    const [pattern, values] = Object.entries(schema.patternProperties ?? {})[0] ?? [];
    if (pattern !== undefined) {
      return fc.dictionary(fc.stringMatching(new RegExp(pattern)), valuesOf(values!), {
        maxKeys: 4,
      });
    }
    const properties = schema.properties ?? {};
    const required = schema.required ?? [];
    const others = Object.keys(properties).filter((name) => !required.includes(name));
    // A few at a time: all together hardly ever go.
    return fc
      .subarray(others, { maxLength: Math.min(5, others.length) })
      .chain((some) =>
        fc.record(
          Object.fromEntries(
            [...required, ...some].map((name) => [name, valuesOf(properties[name]!)]),
          ),
        ),
      );
  },
};

/** What a schema allows, with one thing changed that it may not allow. */
export function nearlyValuesOf(schema: Schema): fc.Arbitrary<unknown> {
  const names = Object.keys(schema.properties ?? {});
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(-1, 0, 1.5, 2 ** 53, 1e308, '', [], [''], [[]], {}, true, 'left'),
  );
  const body = valuesOf(schema) as fc.Arbitrary<object>;
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(body, fc.constantFrom(...names), anything)
        .map(([base, name, value]) => ({ ...base, [name]: value })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(body, fc.string({ minLength: 1 }), anything)
        .map(([base, name, value]) => ({ ...base, ...Object.fromEntries([[name, value]]) })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(body, fc.nat())
        .map(([base, nth]) =>
          Object.fromEntries(
            Object.entries(base ?? {}).filter((_, index, all) => index !== nth % all.length),
          ),
        ),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
}

function limit(schema: Schema, keyword: string): number | undefined {
  return schema[keyword] as number | undefined;
}
