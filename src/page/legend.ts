// What the shading means, and whether there is any.

import { byId, make } from './element.ts';
import { forGood, recall, remember } from './storage.ts';
import { levels } from './surprise.ts';

export function startLegend(): void {
  const control = byId<HTMLInputElement>('shading');
  const apply = () => document.body.classList.toggle('shaded', control.checked);
  control.checked = recall(forGood, 'shading') !== 'off';
  control.addEventListener('change', () => {
    remember(forGood, 'shading', control.checked ? null : 'off');
    apply();
  });
  apply();
  byId('legend').append(
    ...levels.map((meaning, level) =>
      make('li', {}, make('span', { class: `swatch s${level}` }, meaning)),
    ),
  );
}
