// A schema in words, and the rows in which a page lists what is in it.

import type { Schema } from '../openapi/specification.ts';

export interface Row {
  /** With the path to it: `choices[].text`. */
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  readonly isOptional: boolean;
}

/** Every field of an object and of the objects in it. */
export function rowsOf(schema: Schema, prefix = ''): readonly Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => [
    {
      name: prefix + name,
      kind: kindOf(part),
      description: part.description ?? '',
      isOptional: !(schema.required ?? []).includes(name),
    },
    ...rowsWithin(part, prefix + name),
  ]);
}

function rowsWithin(schema: Schema, name: string): readonly Row[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((one) => rowsWithin(one, name));
  return schema.items === undefined
    ? rowsOf(schema, `${name}.`)
    : rowsWithin(schema.items, `${name}[]`);
}

export function kindOf(schema: Schema): string {
  const { type, items, anyOf } = schema;
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return either(schema.enum.map((one) => JSON.stringify(one)));
  if (anyOf !== undefined) return either(anyOf.map(kindOf));
  if (Array.isArray(type)) return either(type);
  if (type === 'array') return items === undefined ? 'list' : `list of ${several(items)}`;
  return typeof type === 'string' ? type : 'anything';
}

function several(items: Schema): string {
  return typeof items.type === 'string' ? `${items.type}s` : kindOf(items);
}

function either(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
