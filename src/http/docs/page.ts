// The page of the document: complete without scripts, pictures, or anything from elsewhere.

import type { OpenApiDocument } from '../openapi/specification.ts';
import { errorSection, shapesSection } from './glossary.ts';
import { type Html, html } from './html.ts';
import { operationSection } from './operation-section.ts';
import { prose } from './prose.ts';
import { type Route, routesOf } from './routes.ts';
import { styleElement } from './style.ts';

/** `origin`: what the reader reached the server under, for the examples. */
export function page(document: OpenApiDocument, origin: string): string {
  const { info } = document;
  const routes = routesOf(document);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title}: the interface</title>
${styleElement}
</head>
<body>
<header>
<h1>${info.title}</h1>
<p class="lead">${info.summary}</p>
</header>
${navigation(document, routes)}
<main>
${prose(info.description)}
<p>The same for programs, in OpenAPI 3.1: <a href="openapi.json">openapi.json</a>.</p>
${routes.map((route) => operationSection(route, document, origin))}
${shapesSection(document)}
${errorSection(document)}
</main>
</body>
</html>
`.markup;
}

function navigation({ tags }: OpenApiDocument, routes: readonly Route[]): Html {
  const groups = tags.map(({ name, description }) => {
    const members = routes.filter(({ operation }) => operation.tags.includes(name));
    return members.length === 0 ? [] : html`<h2>${description}</h2><ul>${members.map(link)}</ul>`;
  });
  return html`<nav aria-label="Contents">
${groups}
<h2>What they have in common</h2>
<ul><li><a href="#shapes">Shapes of answers</a></li><li><a href="#errors">Error codes</a></li></ul>
</nav>`;
}

function link({ method, path, operation }: Route): Html {
  const kind = method.toLowerCase();
  return html`<li><a href="#${operation.operationId}"><code><span class="${kind}">${method}</span> ${path}</code></a></li>`;
}
