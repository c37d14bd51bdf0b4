// What the reader can do with texts: have them written, stopped, gone on with from anywhere, and
// scored.

import type { CompletionRequest } from '../../client/completion-types.ts';
import { announce } from './announcer.ts';
import type { Row } from './candidate-facts.ts';
import { CandidatePanel } from './candidate-panel.ts';
import { Card } from './card.ts';
import { ChoiceText } from './choice-text.ts';
import { Continuation } from './continuation.ts';
import { byId } from './element.ts';
import { say } from './notice.ts';
import { counted } from './numbers.ts';
import type { PromptField } from './prompt-field.ts';
import { goOnRequest, scoreRequest, writeRequest } from './requests.ts';
import type { Server } from './server.ts';
import { addSet } from './sets.ts';
import type { SettingsForm } from './settings-form.ts';
import { Trouble } from './trouble.ts';
import type { Vocabulary } from './vocabulary.ts';
import { Writing } from './writing.ts';

export interface WorkbenchParts {
  readonly server: Server;
  readonly vocabulary: Vocabulary;
  readonly prompt: PromptField;
  readonly settings: SettingsForm;
  readonly isEndOfText: (id: number) => boolean;
  /** Tokens that the model has room for; any number where it is not known. */
  readonly contextLength: () => number;
  /** Asks the reader for a key. */
  readonly askForKey: (sentence: string) => void;
}

export class Workbench {
  readonly #parts: WorkbenchParts;
  readonly #panel: CandidatePanel;
  readonly #writings = new Set<Writing>();
  #scoring: AbortController | null = null;
  #textCount = 0;

  constructor(parts: WorkbenchParts) {
    this.#parts = parts;
    this.#panel = new CandidatePanel(parts.vocabulary);
    this.#tellBusy();
  }

  get isBusy(): boolean {
    return this.#writings.size > 0 || this.#scoring !== null;
  }

  stop(): void {
    this.#scoring?.abort();
    for (const writing of this.#writings) writing.stop();
  }

  /** Closes the candidates for who looks at them, and stops for everybody else. */
  escape(): void {
    const isOnToken = document.activeElement?.matches('.token') === true;
    if (this.#panel.isOpen && (isOnToken || !this.isBusy)) this.#panel.close();
    else this.stop();
  }

  async generate(): Promise<void> {
    const { prompt, settings } = this.#parts;
    this.stop();
    this.#forgive();
    if (!settings.areReadable()) return;
    const body = writeRequest(prompt.forRequest, settings.values);
    const count = Number(body.n ?? 1);
    const isCount = Number.isInteger(count) && count >= 1 && count <= 128;
    const cards = Array.from({ length: isCount ? count : 1 }, () => this.#newCard(prompt.text));
    const remove = this.#addSet(cards);
    const trouble = await this.#write(cards, body);
    if (cards.every(({ continuation }) => continuation.tokens.length === 0)) {
      if (trouble !== null || this.isBusy) remove();
    }
    if (trouble === null) return;
    const hasBegun = cards.some(({ continuation }) => continuation.tokens.length > 0);
    this.#explain(trouble, hasBegun ? cards[0]! : null);
  }

  async score(): Promise<void> {
    const { prompt, server } = this.#parts;
    this.#scoring?.abort();
    this.#forgive();
    if (prompt.text === '') {
      prompt.complain('There is no text to score yet: paste one here.');
      return;
    }
    const scoring = new AbortController();
    this.#scoring = scoring;
    this.#tellBusy();
    announce('Scoring.');
    try {
      const request = scoreRequest(prompt.forRequest);
      const [choice] = await server.complete(request, scoring.signal);
      const card = this.#newCard('', 'Scored text');
      const { continuation } = card;
      const text = new ChoiceText();
      text.take(choice!);
      continuation.promptIds = [];
      continuation.version.tokens.push(...text.tokens);
      continuation.version.ending = { kind: 'scored', stopString: null };
      card.refresh(0);
      this.#addSet([card]);
      announce(`Scored ${counted(text.tokens.length, 'token')}.`);
      this.#learn([card]);
    } catch (error) {
      if (scoring.signal.aborted) return;
      if (!(error instanceof Trouble)) throw error;
      this.#explain(error, null);
    } finally {
      if (this.#scoring === scoring) this.#scoring = null;
      this.#tellBusy();
    }
  }

  #newCard(promptText: string, kind = 'Text'): Card {
    const continuation = new Continuation(promptText);
    const { isEndOfText } = this.#parts;
    const open = (index: number, element: HTMLElement, isSaid: boolean) => {
      const token = continuation.tokens[index];
      if (token === undefined) return;
      const choose = (row: Row) => void this.#choose(card, index, row);
      void this.#panel.open({ token, element, choose }, isSaid);
    };
    const card: Card = new Card(
      `${kind} ${++this.#textCount}`,
      continuation,
      {
        onContinue: () => void this.#goOn(card),
        onUseAsPrompt: () => this.#useAsPrompt(card),
        onVersion: () => this.#panel.close(),
      },
      {
        isEndOfText,
        onPoint: open,
        onLeave: () => this.#panel.closeSoon(),
        onEnter: (index, element) => {
          open(index, element, false);
          this.#panel.focus();
        },
      },
    );
    return card;
  }

  #addSet(cards: readonly Card[]): () => void {
    // What it is about moves down, or goes.
    this.#panel.close();
    return addSet(cards);
  }

  #useAsPrompt({ continuation }: Card): void {
    const ids = continuation.idsBefore(continuation.writtenCount);
    this.#parts.prompt.take(continuation.text, ids);
  }

  async #goOn(card: Card): Promise<void> {
    if (!this.#parts.settings.areReadable()) return;
    this.#leave(card);
    card.continuation.extend();
    await this.#writeOn(card);
  }

  /** Goes on from another token than the one that was written. */
  async #choose(card: Card, index: number, row: Row): Promise<void> {
    const { settings, vocabulary } = this.#parts;
    if (!settings.areReadable()) return;
    this.#leave(card);
    const { continuation } = card;
    const near = continuation.tokens.slice(Math.max(0, index - 4), index).map(({ id }) => id);
    // The names say what the candidate adds to what is before it.
    await vocabulary.learn([...near, row.id]).catch(() => {});
    continuation.branch(index, row, (id) => vocabulary.nameOf(id));
    card.refresh(0);
    card.line.focus(index);
    this.#panel.close();
    await this.#writeOn(card);
  }

  async #writeOn(card: Card): Promise<void> {
    const { continuation } = card;
    const { settings, contextLength } = this.#parts;
    this.#forgive();
    say(card.notice, '');
    card.refresh(0);
    const ids = continuation.idsBefore(continuation.tokens.length);
    // Where there is none left, the server says so.
    const room = Math.max(1, contextLength() - ids.length);
    const trouble = await this.#write([card], goOnRequest(ids, settings.values, room));
    if (trouble !== null) this.#explain(trouble, card);
  }

  async #write(cards: readonly Card[], body: CompletionRequest): Promise<Trouble | null> {
    const { server, vocabulary } = this.#parts;
    const writing = new Writing(cards, vocabulary);
    this.#writings.add(writing);
    this.#tellBusy();
    announce('Writing.');
    try {
      const trouble = await writing.run(server.stream(body, writing.signal));
      if (trouble === null) announce(`Done: ${counted(writing.tokenCount, 'token')}.`);
      return trouble;
    } finally {
      this.#writings.delete(writing);
      this.#tellBusy();
      this.#learn(cards);
    }
  }

  #leave(card: Card): void {
    for (const writing of this.#writings) writing.leave(card);
  }

  /** So that everything has its name by the time that somebody points at it. */
  #learn(cards: readonly Card[]): void {
    const tokens = cards.flatMap(({ continuation }) => continuation.tokens);
    const ids = tokens.flatMap(({ id, candidates }) => [id, ...candidates.map((one) => one.id)]);
    void this.#parts.vocabulary.learn(ids).catch(() => {});
  }

  #tellBusy(): void {
    byId<HTMLButtonElement>('stop').disabled = !this.isBusy;
    byId('score').textContent = this.#scoring === null ? 'Score' : 'Scoring…';
  }

  #forgive(): void {
    this.#parts.prompt.complain('');
    this.#parts.settings.forgive();
  }

  /** `card`: where it happened; null: before there was one. */
  #explain(trouble: Trouble, card: Card | null): void {
    const { prompt, settings, askForKey } = this.#parts;
    if (trouble.kind === 'key') askForKey(trouble.message);
    else if (settings.complain(trouble.param, trouble.message)) return;
    else if (card !== null) say(card.notice, trouble.message);
    else prompt.complain(trouble.message);
  }
}
