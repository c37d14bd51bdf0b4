// A token's name on the page, as it is spelled.

import { make } from './element.ts';
import type { Part } from './spelling.ts';

export function spelled(parts: readonly Part[]): HTMLElement[] {
  return parts.map(({ text, kind }) => make('span', { class: kind }, text));
}
