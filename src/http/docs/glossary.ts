// What routes refer to: the shapes of answers, and the codes of errors.

import type { OpenApiDocument, Schema } from '../openapi/specification.ts';
import { type Html, html } from './html.ts';
import { breakable, phrase, sentence } from './prose.ts';
import { routesOf } from './routes.ts';
import { rowList } from './row-list.ts';
import { kindOf, rowsOf } from './schema-words.ts';

export function shapesSection(document: OpenApiDocument): Html {
  const bodies = routesOf(document).map(
    ({ operation }) => operation.requestBody?.content['application/json']?.schema.$ref,
  );
  const shapes = Object.entries(document.components.schemas).filter(
    ([name]) => !bodies.includes(`#/components/schemas/${name}`),
  );
  return html`<section id="shapes"><h2>Shapes of answers</h2>${shapes.map(shape)}</section>`;
}

function shape([name, schema]: [string, Schema]): Html {
  const rows = rowsOf(schema).map(({ name, kind, description, isOptional }) => ({
    name: html`<code>${breakable(name)}</code>`,
    text: [
      phrase(sentence(description)),
      html`<p class="soft">${kind}${isOptional ? ', not always there' : ''}</p>`,
    ],
  }));
  const whole = rows.length === 0 ? html`<p>${kindOf(schema)}</p>` : rowList(rows);
  return html`<h3 id="${name}">${name}</h3>${whole}`;
}

export function errorSection({ 'x-errors': errors }: OpenApiDocument): Html {
  const rows = errors.map(({ code, status, meaning }) => ({
    name: html`<code>${code}</code>`,
    text: [phrase(sentence(meaning)), html`<p class="soft">${status}</p>`],
    anchor: code,
  }));
  return html`<section id="errors"><h2>Error codes</h2>${rowList(rows)}</section>`;
}
