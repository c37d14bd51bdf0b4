// The schema of a body, from the table that the server reads bodies with: nothing here is stated a
// second time. Null counts as absent, and what is not in the table is refused.

import type { Field, FieldTable } from '../completion/field.ts';
import type { Schema } from './specification.ts';

export function bodySchema(table: FieldTable): Schema {
  const fields = Object.entries(table);
  const required = fields.flatMap(([name, { isRequired }]) => (isRequired === true ? [name] : []));
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, fieldSchema(field)])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function fieldSchema(field: Field<unknown>): Schema {
  const { accepts, meaning, role, isRequired } = field;
  const schema = wholeSchema(field);
  return {
    ...(isRequired === true ? schema : orNull(schema)),
    description: sentence(meaning),
    'x-accepts': accepts,
    'x-role': role,
  };
}

function wholeSchema({ schema, within }: Field<unknown>): Schema {
  if (within === undefined) return schema as Schema;
  const inner = bodySchema(within);
  return 'items' in schema ? { ...schema, items: inner } : inner;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function orNull(schema: Schema): Schema {
  const { type, anyOf, ...rest } = schema;
  if (anyOf !== undefined) return { ...rest, anyOf: [...anyOf, { type: 'null' }] };
  if (typeof type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  if (!('const' in rest)) return { ...rest, type: [type, 'null'] };
  const { const: only, ...others } = rest;
  return { ...others, enum: [only, null] };
}
