// A list of names, each with what there is to say about it: two columns where there is room.

import { type Content, type Html, html } from './html.ts';

export interface ListRow {
  readonly name: Content;
  readonly text: Content;
  /** What links to this row lead to. */
  readonly anchor?: string;
}

export function rowList(rows: readonly ListRow[]): Html {
  return html`<dl>${rows.map(({ name, text, anchor }) => {
    const id = anchor === undefined ? [] : html` id="${anchor}"`;
    return html`<div${id}><dt>${name}</dt><dd>${text}</dd></div>`;
  })}</dl>`;
}
