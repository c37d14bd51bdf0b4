// The tokens of a text in a row, each to be pointed at. One of them is a stop of the Tab key, and the
// arrow keys go from one to the next.

import { make } from './element.ts';
import { sayable } from './spelling.ts';
import { surpriseLevel } from './surprise.ts';
import type { Token } from './token.ts';

export interface TokenLineOptions {
  /** What the row is to those who do not see it. */
  readonly label: string;
  readonly isEndOfText: (id: number) => boolean;
  /** A token is pointed at, by pointer or by focus. */
  readonly onPoint: (index: number, element: HTMLElement, byFocus: boolean) => void;
  /** Nothing is pointed at any more. */
  readonly onLeave: () => void;
  /** The candidates of the token that has the focus are asked for. */
  readonly onEnter: (index: number, element: HTMLElement) => void;
}

export class TokenLine {
  readonly element: HTMLElement;
  readonly #options: TokenLineOptions;
  readonly #spans: HTMLElement[] = [];
  #stop = 0;

  constructor(options: TokenLineOptions) {
    this.#options = options;
    this.element = make('span', { class: 'tokens', role: 'group', 'aria-label': options.label });
    this.#listen();
  }

  /** Brings those from `first` on in line with these tokens; the ones before are as they were. */
  update(tokens: readonly Token[], keptCount: number, first: number): void {
    for (const span of this.#spans.splice(tokens.length)) span.remove();
    for (let index = first; index < tokens.length; index++) {
      this.#spans[index] ??= this.#newSpan(index);
      this.#dress(this.#spans[index]!, tokens[index]!, index === keptCount - 1);
    }
    this.#setStop(Math.max(0, Math.min(this.#stop, tokens.length - 1)));
  }

  focus(index: number): void {
    const span = this.#spans[index];
    if (span === undefined) return;
    this.#setStop(index);
    span.focus({ preventScroll: true });
    span.scrollIntoView({ block: 'nearest' });
  }

  #newSpan(index: number): HTMLElement {
    const span = make('span', { role: 'button', tabindex: '-1', 'aria-haspopup': 'dialog' });
    span.dataset['index'] = String(index);
    this.element.append(span);
    return span;
  }

  #dress(span: HTMLElement, { id, text, logprob }: Token, isBranch: boolean): void {
    const isEnd = text === '' && this.#options.isEndOfText(id);
    const kind = isEnd ? 'end' : text === '' ? 'part' : text.trim() === '' ? 'blank' : 'word';
    const lineBreak = text.includes('\n') ? ' line-break' : '';
    span.className = `token ${kind} s${surpriseLevel(logprob)}${lineBreak}${isBranch ? ' branch' : ''}`;
    if (span.textContent !== text) span.textContent = text;
    if (kind === 'word') span.removeAttribute('aria-label');
    else span.setAttribute('aria-label', isEnd ? 'end of text' : sayable(text) || 'nothing to see');
  }

  #setStop(index: number): void {
    this.#spans[this.#stop]?.setAttribute('tabindex', '-1');
    this.#spans[index]?.setAttribute('tabindex', '0');
    this.#stop = index;
  }

  #listen(): void {
    const { onPoint, onLeave, onEnter } = this.#options;
    const pointed = (event: Event) => (event.target as HTMLElement).closest<HTMLElement>('.token');
    const indexOf = (span: HTMLElement) => Number(span.dataset['index']);
    this.element.addEventListener('pointermove', (event) => {
      const span = pointed(event);
      // A finger that scrolls points at nothing, nor does a pointer at rest that text runs under.
      const isAtRest = event.movementX === 0 && event.movementY === 0;
      if (span === null || isAtRest || event.pointerType === 'touch') return;
      onPoint(indexOf(span), span, false);
    });
    this.element.addEventListener('pointerout', (event) => {
      if (event.pointerType !== 'touch') onLeave();
    });
    this.element.addEventListener('focusin', (event) => {
      const span = pointed(event);
      if (span === null) return;
      this.#setStop(indexOf(span));
      onPoint(indexOf(span), span, true);
    });
    this.element.addEventListener('focusout', onLeave);
    this.element.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const move = moves[event.key];
      if (move !== undefined) this.focus(move(this.#stop, this.#spans.length - 1));
      else if (event.key === 'Enter' || event.key === ' ' || event.key === 'ArrowDown') {
        onEnter(this.#stop, this.#spans[this.#stop]!);
      } else return;
      event.preventDefault();
    });
  }
}

const moves: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowLeft: (at) => Math.max(0, at - 1),
  ArrowRight: (at, last) => Math.min(last, at + 1),
  Home: () => 0,
  End: (_, last) => last,
};
