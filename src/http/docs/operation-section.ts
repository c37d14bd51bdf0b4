// One route on the page: what it is for, how to call it, what it takes, and what comes back.

import type { Media, OpenApiDocument, Response, Rule, Schema } from '../openapi/specification.ts';
import { curl } from './curl.ts';
import { fieldList } from './field-list.ts';
import { type Content, type Html, html } from './html.ts';
import { phrase, prose, sentence } from './prose.ts';
import type { Route } from './routes.ts';
import { type ListRow, rowList } from './row-list.ts';

export function operationSection(route: Route, document: OpenApiDocument, origin: string): Html {
  const { method, path, operation } = route;
  const { operationId, summary, description, parameters = [], responses } = operation;
  const media = operation.requestBody?.content['application/json'];
  const inPath = parameters.map(({ name, description }) => ({
    name: html`<code>${name}</code>`,
    text: phrase(sentence(description)),
  }));
  return html`<section id="${operationId}">
<h2><code><span class="${method.toLowerCase()}">${method}</span> ${path}</code></h2>
<p class="lead">${summary}</p>
${description === `${summary}.` ? [] : prose(description)}
${'101' in responses ? [] : examples(route, origin)}
${part('In the path', inPath)}
${media === undefined ? [] : fieldList(bodyOf(media, document), operationId)}
${part('Refused, though each field is right', (operation['x-rules'] ?? []).map(ruleRow))}
${part('Answers', Object.entries(responses).map(answerRow))}
</section>`;
}

function part(title: string, rows: readonly ListRow[]): Content {
  return rows.length === 0 ? [] : html`<h3>${title}</h3>${rowList(rows)}`;
}

function examples({ method, path, operation }: Route, origin: string): readonly Html[] {
  const named = Object.values(operation.requestBody?.content['application/json']?.examples ?? {});
  const needsKey = (operation.security ?? []).length > 0;
  const url = (operation.parameters ?? []).reduce(
    (filled, { name, example }) => filled.replace(`{${name}}`, encodeURIComponent(example)),
    origin + path,
  );
  const commands =
    named.length === 0
      ? [curl({ method, url, needsKey })]
      : named.map(({ value }) => curl({ method, url, body: value, needsKey }));
  return commands.map((command) => html`<pre tabindex="0"><code>${command}</code></pre>`);
}

function bodyOf({ schema }: Media, { components }: OpenApiDocument): Schema {
  return components.schemas[referred(schema) ?? ''] ?? schema;
}

function referred({ $ref }: Schema): string | undefined {
  return $ref?.split('/').at(-1);
}

function ruleRow({ code, param, when }: Rule): ListRow {
  return {
    name: html`<code>${param ?? 'the body'}</code>`,
    text: [errorLink(code), ' where ', phrase(when)],
  };
}

function answerRow([status, { description, content = {} }]: [string, Response]): ListRow {
  const isError = Number(status) >= 400;
  return {
    name: status,
    text: isError ? errorLinks(content) : [phrase(sentence(description)), shapes(content)],
  };
}

function shapes(content: Readonly<Record<string, Media>>): Content {
  return Object.entries(content).map(([mediaType, { schema }]) => {
    const links = shapeLinks(schema).map((link, index) => [index === 0 ? ' ' : ' or ', link]);
    const each = mediaType === 'text/event-stream' ? ', each event' : '';
    return html`<p class="soft"><code>${mediaType}</code>${each}${links}</p>`;
  });
}

/** To every shape that the schema is made of. */
function shapeLinks(schema: Schema): readonly Html[] {
  const name = referred(schema);
  if (name !== undefined) return [html`<a href="#${name}">${name}</a>`];
  const { anyOf = [], properties = {}, contentSchema } = schema;
  const parts = [...anyOf, ...Object.values(properties), ...(contentSchema ? [contentSchema] : [])];
  return parts.flatMap(shapeLinks);
}

function errorLinks(content: Readonly<Record<string, Media>>): Content {
  const codes = content['application/json']?.schema.properties?.['error']?.properties?.['code'];
  return (codes?.enum ?? []).map((code, index) => [
    index === 0 ? '' : ', ',
    errorLink(String(code)),
  ]);
}

function errorLink(code: string): Html {
  return html`<a href="#${code}"><code>${code}</code></a>`;
}
