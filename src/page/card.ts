// A text on the page: its prompt, its tokens, what there is to know of it, and what can be done with it.

import type { Continuation, Ending } from './continuation.ts';
import { copyButton } from './copy-button.ts';
import { button, make } from './element.ts';
import { makeNotice } from './notice.ts';
import { counted, short } from './numbers.ts';
import { perplexityOf } from './token.ts';
import { TokenLine, type TokenLineOptions } from './token-line.ts';

export interface CardActions {
  readonly onContinue: () => void;
  readonly onUseAsPrompt: () => void;
  readonly onVersion: () => void;
}

/** Longer prompts are shown by their ends. */
const shownPromptLength = 240;

export class Card {
  readonly element: HTMLElement;
  readonly notice = makeNotice();
  readonly continuation: Continuation;
  readonly line: TokenLine;
  readonly #facts = make('p', { class: 'facts' });
  readonly #older: HTMLButtonElement;
  readonly #newer: HTMLButtonElement;
  readonly #position = make('span', { class: 'position' });
  readonly #versions: HTMLElement;
  readonly #buttons: readonly HTMLButtonElement[];

  constructor(
    title: string,
    continuation: Continuation,
    actions: CardActions,
    line: Omit<TokenLineOptions, 'label'>,
  ) {
    this.continuation = continuation;
    this.line = new TokenLine({ ...line, label: `Tokens of ${title}` });
    const step = (by: number) => () => {
      continuation.show(continuation.at + by);
      actions.onVersion();
      this.refresh(0);
    };
    this.#older = button(
      '‹',
      { class: 'quiet', 'aria-label': `Older version of ${title}` },
      step(-1),
    );
    this.#newer = button(
      '›',
      { class: 'quiet', 'aria-label': `Newer version of ${title}` },
      step(1),
    );
    this.#versions = make('div', { class: 'versions' }, this.#older, this.#position, this.#newer);
    const named = (label: string) => ({ class: 'quiet', 'aria-label': `${label}: ${title}` });
    this.#buttons = [
      button('Continue', named('Continue'), actions.onContinue),
      button('Use as prompt', named('Use as prompt'), actions.onUseAsPrompt),
      copyButton('Copy', named('Copy'), () => continuation.text),
    ];
    const prompt = make('span', { class: 'prompt' }, ending(continuation.promptText));
    this.element = make(
      'article',
      { class: 'card', 'aria-label': title },
      make('header', {}, make('h3', {}, title), this.#versions, this.#facts),
      this.notice,
      make('div', { class: 'text', dir: 'auto' }, prompt, this.line.element),
      make('footer', {}, ...this.#buttons),
    );
    this.refresh(0);
  }

  /** Brings the page in line with the text, of which only what is from this token on has changed. */
  refresh(first: number): void {
    const { version, versionCount, at } = this.continuation;
    const { tokens, keptCount } = version;
    this.line.update(tokens, keptCount < tokens.length || at > 0 ? keptCount : 0, first);
    this.element.classList.toggle('writing', version.ending === null);
    this.#facts.textContent = this.#factsOf();
    this.#versions.hidden = versionCount < 2;
    this.#position.textContent = `${at + 1} of ${versionCount}`;
    this.#older.disabled = at === 0;
    this.#newer.disabled = at === versionCount - 1;
    for (const one of this.#buttons) one.disabled = version.ending === null || tokens.length === 0;
  }

  #factsOf(): string {
    const { tokens, ending } = this.continuation.version;
    if (tokens.length === 0) return ending === null ? 'waits for its turn' : 'nothing was written';
    const perplexity = perplexityOf(tokens);
    return [
      counted(tokens.length, 'token'),
      ...(perplexity === null ? [] : [`perplexity ${short(perplexity)}`]),
      ...(ending === null ? [] : [endingWords(ending)]),
    ]
      .filter((fact) => fact !== '')
      .join(' · ');
  }
}

function endingWords({ kind, stopString }: Ending): string {
  switch (kind) {
    case 'eos':
      return 'the model ended it';
    case 'stop':
      return `stopped at ${JSON.stringify(stopString)}`;
    case 'length':
      return 'token limit reached';
    case 'stopped':
      return 'you stopped it';
    case 'failed':
      return 'broken off';
    case 'scored':
      return '';
  }
}

function ending(prompt: string): string {
  if (prompt.length <= shownPromptLength) return prompt;
  return `… ${Array.from(prompt.slice(-shownPromptLength)).slice(1).join('')}`;
}
