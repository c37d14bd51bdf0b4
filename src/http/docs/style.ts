// How the page looks: one column on a phone, the list of routes beside the text where there is room,
// light or dark as the reader's system is.

import { createHash } from 'node:crypto';
import { Html } from './html.ts';

const style = `
:root {
  color-scheme: light dark;
  --text: #1c1f24; --soft: #5b6470; --line: #dfe3e8; --ground: #ffffff; --panel: #f5f6f8;
  --accent: #0b5cad; --get: #1a6e3c; --post: #0b5cad; --delete: #a8321f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #dde2e8; --soft: #98a2ae; --line: #2f363f; --ground: #14171b; --panel: #1d2126;
    --accent: #74b3f5; --get: #6cc58f; --post: #74b3f5; --delete: #f08c7a;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 76rem; padding: 1.5rem 1.25rem 4rem;
  font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: var(--ground);
  overflow-wrap: break-word;
}
a { color: var(--accent); text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 3rem 0 .25rem; font-size: 1.25rem; line-height: 1.3; }
h3 { margin: 2rem 0 .5rem; font-size: 1rem; }
h2 + p { margin-top: .25rem; }
p { max-width: 44rem; margin: .75rem 0; }
code { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; font-size: .875em; }
p code, dd code { padding: .1em .3em; border-radius: 4px; background: var(--panel); }
pre {
  margin: .75rem 0; padding: .75rem 1rem; overflow-x: auto;
  background: var(--panel); border: 1px solid var(--line); border-radius: 6px;
}
.lead, .soft, nav h2 { color: var(--soft); }
.lead { font-size: 1.1rem; margin: .25rem 0 1.5rem; }
.method { font-weight: 700; }
.get { color: var(--get); } .post { color: var(--post); } .delete { color: var(--delete); }
nav { margin: 1.5rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: 6px; }
nav h2 { margin: .75rem 0 .25rem; font-size: .875rem; font-weight: 600; }
nav h2:first-child { margin-top: 0; }
nav ul { margin: 0; padding: 0; list-style: none; }
nav li { padding: .15rem 0; font-size: .9375rem; }
nav a { color: inherit; }
dl { margin: .5rem 0; border-top: 1px solid var(--line); }
dl > div { padding: .6rem 0; border-bottom: 1px solid var(--line); }
dl > div:target { background: var(--panel); }
dt { font-weight: 600; }
dd { margin: .15rem 0 0; }
dd p { margin: .15rem 0; }
summary { padding: .5rem 0; cursor: pointer; color: var(--accent); }
section { border-bottom: 1px solid var(--line); padding-bottom: 2rem; }
@media (min-width: 40rem) {
  dl > div { display: grid; grid-template-columns: 16rem minmax(0, 1fr); gap: 1rem; }
  dd { margin: 0; }
}
@media (min-width: 64rem) {
  body { display: grid; grid-template-columns: 17rem minmax(0, 1fr); column-gap: 3rem; }
  header { grid-column: 1 / -1; }
  nav { position: sticky; top: 1.5rem; align-self: start; margin: 0; padding: 0; border: 0;
    max-height: calc(100vh - 3rem); overflow-y: auto; }
}
`;

export const styleElement = new Html(`<style>${style}</style>`);

/** Nothing is loaded and nothing runs; of styles, this one. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
