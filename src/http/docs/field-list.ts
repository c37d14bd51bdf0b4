// The fields of a body: those that matter first, and apart from them those that are only known.

import type { Schema } from '../openapi/specification.ts';
import { type Content, type Html, html } from './html.ts';
import { breakable, phrase, sentence } from './prose.ts';
import { type ListRow, rowList } from './row-list.ts';

interface NamedField {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

const asides = {
  ignored: 'accepted, without effect',
  later: 'known, but not supported yet',
  never: 'known, and not supported',
} as const;

export function fieldList(body: Schema, operationId: string): Html {
  const fields = fieldsOf(body, '');
  const isUsed = ({ schema }: NamedField) => (schema['x-role'] ?? 'used') === 'used';
  const row = (field: NamedField) => fieldRow(field, operationId);
  return html`<h3>Fields</h3>
${rowList(fields.filter(isUsed).map(row))}
${Object.entries(asides).map(([role, title]) => {
  const some = fields.filter(({ schema }) => schema['x-role'] === role);
  if (some.length === 0) return [];
  return html`<details><summary>${some.length} ${some.length === 1 ? 'field' : 'fields'} ${title}</summary>${rowList(some.map(row))}</details>`;
})}`;
}

/** Objects with fields of their own, and lists of such objects, are followed by these. */
function fieldsOf(schema: Schema, prefix: string): readonly NamedField[] {
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => [
    { name: prefix + name, schema: part, isRequired: required.includes(name) },
    ...fieldsOf(part.items ?? part, `${prefix}${name}${part.items === undefined ? '' : '[]'}.`),
  ]);
}

function fieldRow({ name, schema, isRequired }: NamedField, operationId: string): ListRow {
  const accepts = schema['x-accepts'];
  const fallback =
    schema.default === undefined ? '' : `; ${JSON.stringify(schema.default)} by default`;
  return {
    name: [
      html`<code>${breakable(name)}</code>`,
      isRequired ? html` <span class="soft">required</span>` : '',
    ],
    text: [
      phrase(schema.description ?? ''),
      accepts === undefined ? [] : limits(sentence(accepts + fallback)),
    ],
    anchor: `${operationId}.${name}`,
  };
}

function limits(text: string): Content {
  return html`<p class="soft">${text}</p>`;
}
