// Light, dark, or as the reader's system is.

import { byId } from './element.ts';
import { forGood, recall, remember } from './storage.ts';

const themes = ['system', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

const signs: Readonly<Record<Theme, string>> = { system: '◐', light: '☀', dark: '☾' };

export function startTheme(): void {
  const control = byId('theme');
  const root = document.documentElement;
  const apply = (theme: Theme) => {
    root.dataset['theme'] = theme;
    control.textContent = signs[theme];
    const label = theme === 'system' ? "Colours: your system's" : `Colours: ${theme}`;
    control.setAttribute('aria-label', label);
    control.title = label;
  };
  apply(themes.find((theme) => theme === recall(forGood, 'theme')) ?? 'system');
  control.addEventListener('click', () => {
    const shown = themes.indexOf(root.dataset['theme'] as Theme);
    const next = themes[(shown + 1) % themes.length]!;
    apply(next);
    remember(forGood, 'theme', next === 'system' ? null : next);
  });
}
