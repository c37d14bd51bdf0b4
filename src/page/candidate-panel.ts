// What else a token might have been: the likeliest candidates with their probabilities, beside the
// token that is pointed at. Choosing one is up to whoever opened the panel.

import { announce } from './announcer.ts';
import { type Row, rowsOf, tokenFacts } from './candidate-facts.ts';
import { candidateRow } from './candidate-row.ts';
import { byId, make } from './element.ts';
import { spelled } from './spelled.ts';
import { sayable, spell } from './spelling.ts';
import type { Token } from './token.ts';
import { isBytes } from './token-bytes.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface PanelSubject {
  readonly token: Token;
  /** Where the token stands on the page. */
  readonly element: HTMLElement;
  readonly choose: (row: Row) => void;
}

/** Long enough to get from the token to the panel. */
const graceMs = 250;
const gap = 6;

export class CandidatePanel {
  readonly #panel = byId('candidates');
  readonly #vocabulary: Vocabulary;
  #subject: PanelSubject | null = null;
  #closing = 0;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#panel.addEventListener('pointerenter', () => clearTimeout(this.#closing));
    this.#panel.addEventListener('pointerleave', () => this.closeSoon());
    this.#panel.addEventListener('focusout', () => this.closeSoon());
    this.#panel.addEventListener('keydown', (event) => this.#onKey(event));
    byId('close-candidates').addEventListener('click', () => this.close());
  }

  get isOpen(): boolean {
    return this.#subject !== null;
  }

  async open(subject: PanelSubject, isSaid: boolean): Promise<void> {
    clearTimeout(this.#closing);
    const { token } = subject;
    if (this.#subject?.token === token && this.#subject.element === subject.element) return;
    if (this.#subject !== null) mark(this.#subject.element, false);
    this.#subject = subject;
    mark(subject.element, true);
    const rows = rowsOf(token);
    const ids = [token.id, ...rows.map(({ id }) => id)];
    if (ids.some((id) => this.#vocabulary.nameOf(id) === null)) {
      this.#show(subject, rows);
      // Without names the ids stand there, which is better than nothing.
      await this.#vocabulary.learn(ids).catch(() => {});
      if (this.#subject !== subject) return;
    }
    this.#show(subject, rows);
    if (isSaid) announce(`${sayable(this.#nameOf(token.id))}: ${tokenFacts(token)}`);
  }

  /** To the candidate that was chosen. */
  focus(): void {
    const rows = this.#rows();
    const chosen = rows.find((row) => row.getAttribute('aria-current') === 'true');
    (chosen ?? rows[0])?.focus();
  }

  /** Unless somebody comes back to it, or to its token. */
  closeSoon(): void {
    clearTimeout(this.#closing);
    this.#closing = setTimeout(() => {
      const { activeElement } = document;
      const isUsed =
        this.#panel.matches(':hover') ||
        this.#panel.contains(activeElement) ||
        activeElement === this.#subject?.element;
      if (!isUsed) this.close();
    }, graceMs);
  }

  close(): void {
    clearTimeout(this.#closing);
    if (this.#subject === null) return;
    mark(this.#subject.element, false);
    this.#subject = null;
    this.#panel.hidden = true;
  }

  #nameOf(id: number): string {
    return this.#vocabulary.nameOf(id) ?? `token ${id}`;
  }

  #rows(): HTMLElement[] {
    return [...this.#panel.querySelectorAll<HTMLElement>('.candidate')];
  }

  #show(subject: PanelSubject, rows: readonly Row[]): void {
    const { token, choose } = subject;
    const name = this.#nameOf(token.id);
    byId('candidates-token').replaceChildren(...spelled(spell(name)));
    const part = isBytes(name) ? 'part of a character · ' : '';
    byId('candidates-facts').textContent = part + tokenFacts(token);
    byId('candidates-list').replaceChildren(
      ...rows.map((row) => {
        const isApart = row.rank === null || row.rank > rows.length;
        const item = make('li', isApart ? { class: 'apart' } : {});
        item.append(candidateRow(row, this.#nameOf(row.id), () => choose(row)));
        return item;
      }),
    );
    this.#panel.setAttribute('aria-label', `In place of ${sayable(name)}`);
    this.#panel.hidden = false;
    this.#place(subject.element);
  }

  #place(element: HTMLElement): void {
    const token = element.getClientRects()[0] ?? element.getBoundingClientRect();
    const { width, height } = this.#panel.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const left = Math.max(8, Math.min(token.left - 12, clientWidth - width - 8));
    const isBelow = token.bottom + gap + height <= clientHeight || token.top < height + gap;
    const top = isBelow ? token.bottom + gap : token.top - gap - height;
    this.#panel.style.setProperty('--left', `${left + scrollX}px`);
    this.#panel.style.setProperty('--top', `${top + scrollY}px`);
    const isSheet = getComputedStyle(this.#panel).position === 'fixed';
    // At the bottom of a small screen the panel must not hide what it is about.
    if (isSheet && token.bottom > clientHeight - height) scrollBy(0, token.top - clientHeight / 8);
  }

  #onKey(event: KeyboardEvent): void {
    const rows = this.#rows();
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const element = this.#subject?.element;
    if (event.key === 'ArrowDown') rows[Math.min(at + 1, rows.length - 1)]?.focus();
    else if (event.key === 'ArrowUp' && at > 0) rows[at - 1]!.focus();
    else if (event.key === 'ArrowUp' || event.key === 'Escape') element?.focus();
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      element?.focus();
      element?.dispatchEvent(new KeyboardEvent('keydown', { key: event.key, bubbles: true }));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function mark(element: HTMLElement, isOpen: boolean): void {
  element.classList.toggle('pointed', isOpen);
  element.setAttribute('aria-expanded', String(isOpen));
}
