// A row of the panel: a candidate with its probability as a bar, to be taken.

import type { Row } from './candidate-facts.ts';
import { make } from './element.ts';
import { percent } from './numbers.ts';
import { spelled } from './spelled.ts';
import { sayable, spell } from './spelling.ts';

export function candidateRow(
  { logprob, rank, isChosen }: Row,
  name: string,
  choose: () => void,
): HTMLButtonElement {
  const share = percent(logprob);
  const label = `${sayable(name)}, ${share}${isChosen ? ', chosen' : ''}`;
  const bar = make('span', { class: 'bar' });
  bar.style.setProperty('--share', String(Math.exp(logprob)));
  const row = make(
    'button',
    { type: 'button', class: 'candidate', 'aria-label': label },
    make('span', { class: 'rank' }, isChosen ? '●' : String(rank ?? '')),
    make('span', { class: 'name' }, ...spelled(spell(name))),
    bar,
    make('span', { class: 'share' }, share),
  );
  if (isChosen) row.setAttribute('aria-current', 'true');
  row.addEventListener('click', choose);
  return row;
}
