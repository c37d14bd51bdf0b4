// Asks for a key where the server wants one. It is kept as long as the tab is open, and goes nowhere
// but to this server.

import { byId } from './element.ts';
import { say } from './notice.ts';
import { forTheTab, recall, remember } from './storage.ts';

export class KeyForm {
  readonly #section = byId('key');
  readonly #input = byId<HTMLInputElement>('key-input');

  /** `onKey`: there is one, which may be right. */
  constructor(onKey: () => void) {
    byId('key-form').addEventListener('submit', (event) => {
      event.preventDefault();
      const key = this.#input.value.trim();
      if (key === '') return;
      if (!/^[\x21-\x7e]+$/.test(key)) {
        this.#refuse('A key has letters, digits and signs of ASCII, and no spaces.');
        return;
      }
      remember(forTheTab, 'key', key);
      this.#input.value = '';
      this.#section.hidden = true;
      onKey();
    });
  }

  get key(): string | null {
    return recall(forTheTab, 'key');
  }

  /** `refusal`: what the server said to the key that it was shown. */
  ask(refusal: string): void {
    const isFirst = this.key === null;
    remember(forTheTab, 'key', null);
    this.#section.hidden = false;
    if (isFirst) {
      byId('key-notice').classList.remove('notice');
      say(byId('key-notice'), 'This server answers to those who have one.');
    } else this.#refuse(refusal);
    this.#input.focus();
  }

  #refuse(sentence: string): void {
    byId('key-notice').classList.add('notice');
    say(byId('key-notice'), sentence);
  }
}
