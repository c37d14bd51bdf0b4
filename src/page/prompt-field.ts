// The prompt: what the reader typed, or a text that was taken over, which goes back to the model as the
// very tokens that it was, for as long as nobody changes it.

import { byId } from './element.ts';
import { say } from './notice.ts';
import { forTheTab, recall, remember } from './storage.ts';

const beginning = 'Once upon a time';

export class PromptField {
  readonly #area = byId<HTMLTextAreaElement>('prompt');
  readonly #notice = byId('prompt-notice');
  #taken: { readonly text: string; readonly ids: readonly number[] } | null = null;

  constructor() {
    this.#area.value = linked() ?? recall(forTheTab, 'prompt') ?? beginning;
    this.#remember();
    this.#area.addEventListener('input', () => this.#remember());
    addEventListener('hashchange', () => {
      this.#area.value = linked() ?? this.#area.value;
      this.#remember();
    });
  }

  get text(): string {
    return this.#area.value;
  }

  /** As a request has it. */
  get forRequest(): string | readonly number[] {
    return this.#taken?.text === this.text ? this.#taken.ids : this.text;
  }

  take(text: string, ids: readonly number[]): void {
    this.#area.value = text;
    // As the field has it: with line breaks of one kind.
    this.#taken = { text: this.text, ids };
    this.#remember();
    this.#area.focus();
    this.#area.setSelectionRange(this.text.length, this.text.length);
    this.#area.scrollTop = this.#area.scrollHeight;
  }

  complain(sentence: string): void {
    say(this.#notice, sentence);
  }

  #remember(): void {
    remember(forTheTab, 'prompt', this.text);
  }
}

/** The prompt that the address carries, if it does. */
function linked(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get('prompt');
}
