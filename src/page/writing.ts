// One request that writes into cards, from its first token to its end, whatever that is. A card that
// is given something else to do takes no more from it; when none is left it ends.

import type { Choice } from '../../client/completion-types.ts';
import type { Card } from './card.ts';
import { ChoiceText } from './choice-text.ts';
import { type Ending, endsWithinCharacter, mend, type Version } from './continuation.ts';
import { Trouble } from './trouble.ts';
import type { Vocabulary } from './vocabulary.ts';

interface Part {
  readonly card: Card;
  /** What is written to, which need not be what the card shows just now. */
  readonly version: Version;
  readonly text: ChoiceText;
  /** Whether what is kept ends in the middle of a character, which the first tokens complete. */
  readonly isMended: boolean;
}

/** Tokens at the seam whose texts may hang on what is before it. */
const seam = 4;

export class Writing {
  readonly #controller = new AbortController();
  readonly #vocabulary: Vocabulary;
  /** By the index of the choice. */
  readonly #parts: (Part | null)[];
  #tokenCount = 0;

  constructor(cards: readonly Card[], vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#parts = cards.map((card) => {
      const { version } = card.continuation;
      const { tokens, keptCount } = version;
      const nameOf = (id: number) => vocabulary.nameOf(id);
      const isMended = endsWithinCharacter(tokens, keptCount, nameOf);
      return { card, version, text: new ChoiceText(), isMended };
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get tokenCount(): number {
    return this.#tokenCount;
  }

  /** Null where it came to its end, or was stopped. Throws what is not ours to explain. */
  async run(choices: AsyncIterable<Choice>): Promise<Trouble | null> {
    try {
      for await (const choice of choices) this.#take(choice);
      return null;
    } catch (error) {
      if (this.signal.aborted) return null;
      if (error instanceof Trouble) return error;
      throw error;
    } finally {
      const kind = this.signal.aborted ? 'stopped' : 'failed';
      for (const part of this.#parts) if (part !== null) end(part, { kind, stopString: null });
    }
  }

  stop(): void {
    this.#controller.abort();
  }

  /** The card keeps what it has. */
  leave(card: Card): void {
    const at = this.#parts.findIndex((part) => part?.card === card);
    const part = this.#parts[at];
    if (part === undefined || part === null) return;
    end(part, { kind: 'stopped', stopString: null });
    this.#parts[at] = null;
    if (this.#parts.every((part) => part === null)) this.stop();
  }

  #take(choice: Choice): void {
    const part = this.#parts[choice.index];
    if (part === undefined || part === null) return;
    const { card, version, text } = part;
    const { continuation } = card;
    const { keptCount } = version;
    if (choice.prompt_token_ids !== undefined) continuation.promptIds ??= choice.prompt_token_ids;
    const before = text.tokens.length;
    const first = text.take(choice);
    this.#tokenCount += text.tokens.length - before;
    version.tokens.push(...text.tokens.slice(version.tokens.length - keptCount));
    if (part.isMended && first <= seam) void this.#mend(part);
    if (choice.finish_reason !== null) version.ending = endingOf(choice);
    show(part, keptCount + first);
  }

  async #mend(part: Part): Promise<void> {
    const { text, version } = part;
    const { tokens, keptCount } = version;
    await this.#vocabulary.learn(text.tokens.slice(0, seam).map(({ id }) => id)).catch(() => {});
    mend(tokens, keptCount, (id) => this.#vocabulary.nameOf(id));
    show(part, keptCount);
  }
}

function show({ card, version }: Part, first: number): void {
  if (card.continuation.version === version) card.refresh(first);
}

function end(part: Part, ending: Ending): void {
  const { version } = part;
  version.ending ??= ending;
  show(part, version.tokens.length);
}

function endingOf({ finish_reason, stop_reason }: Choice): Ending {
  if (typeof stop_reason === 'string') return { kind: 'stop', stopString: stop_reason };
  if (finish_reason === 'stop') return { kind: 'eos', stopString: null };
  return { kind: finish_reason === 'length' ? 'length' : 'failed', stopString: null };
}
