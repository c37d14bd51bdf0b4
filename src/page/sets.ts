// The texts on the page: those that were written together stand side by side, the latest at the top.

import type { Card } from './card.ts';
import { byId, make } from './element.ts';

/** More than this many would only be in the way. */
const mostSets = 8;

/** Returns what takes them away again. */
export function addSet(cards: readonly Card[]): () => void {
  const sets = byId('sets');
  const set = make('div', { class: 'set' }, ...cards.map(({ element }) => element));
  byId('nothing-yet').hidden = true;
  sets.prepend(set);
  // Where the texts are below everything else, they would not be seen.
  if (sets.getBoundingClientRect().top > innerHeight / 2) byId('texts').scrollIntoView();
  while (sets.children.length > mostSets) sets.lastElementChild!.remove();
  return () => {
    set.remove();
    byId('nothing-yet').hidden = sets.children.length > 0;
  };
}
