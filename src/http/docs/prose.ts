// The little of CommonMark that our descriptions use: paragraphs, `code`, and blocks between lines of
// ```. Everything else is shown as it is.

import { type Html, html } from './html.ts';

export function prose(text: string): readonly Html[] {
  return text.split(/^```\n([\s\S]*?)\n```$/m).flatMap((part, index) => {
    // The odd parts are what the blocks contain.
    if (index % 2 === 1) return [html`<pre tabindex="0"><code>${part}</code></pre>`];
    const paragraphs = part.split(/\n{2,}/).filter((paragraph) => paragraph.trim() !== '');
    return paragraphs.map((paragraph) => html`<p>${phrase(paragraph)}</p>`);
  });
}

/** Text within a line. */
export function phrase(text: string): readonly (Html | string)[] {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}

/** With a capital and a full stop, where there is anything. */
export function sentence(text: string): string {
  if (text === '') return '';
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

/** Long paths go on in the next line after a dot. */
export function breakable(path: string): readonly (Html | string)[] {
  return path.split('.').map((part, index) => (index === 0 ? part : html`.<wbr>${part}`));
}
