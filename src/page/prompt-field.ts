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
    const linked = new URLSearchParams(location.hash.slice(1)).get('prompt');
    this.#area.value = linked ?? recall(forTheTab, 'prompt') ?? beginning;
    this.#area.addEventListener('input', () => remember(forTheTab, 'prompt', this.#area.value));
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
    remember(forTheTab, 'prompt', this.text);
    this.#area.focus();
    this.#area.setSelectionRange(this.text.length, this.text.length);
    this.#area.scrollTop = this.#area.scrollHeight;
  }

  complain(sentence: string): void {
    say(this.#notice, sentence);
  }
}
