// A sentence about what went wrong, next to what caused it, and told to screen readers at once.

import { make } from './element.ts';

/** Empty until there is something to say. It has to be in the page before that to be heard. */
export function makeNotice(): HTMLElement {
  return make('p', { class: 'notice', role: 'alert' });
}

export function say(notice: HTMLElement, sentence: string): void {
  notice.textContent = sentence;
}
