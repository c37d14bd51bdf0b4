// A text that follows a prompt, in all of its versions: taking another token somewhere begins a new
// version that has the same tokens before. A version ends where generating stopped.

import type { Candidate, Token } from './token.ts';
import { bytesOf, textsOf } from './token-bytes.ts';

export interface Ending {
  readonly kind: 'eos' | 'stop' | 'length' | 'stopped' | 'failed' | 'scored';
  /** Where a stop string ended the text. */
  readonly stopString: string | null;
}

export interface Version {
  readonly tokens: Token[];
  /** Of the tokens that were there before this version's own; the last of them may be another choice. */
  readonly keptCount: number;
  /** Null while it is being written. */
  ending: Ending | null;
}

export class Continuation {
  /** What the prompt is for the model. Null until the server said so. */
  promptIds: readonly number[] | null = null;
  readonly promptText: string;
  readonly #versions: Version[] = [{ tokens: [], keptCount: 0, ending: null }];
  #at = 0;

  constructor(promptText: string) {
    this.promptText = promptText;
  }

  get version(): Version {
    return this.#versions[this.#at]!;
  }

  get tokens(): readonly Token[] {
    return this.version.tokens;
  }

  get versionCount(): number {
    return this.#versions.length;
  }

  /** From 0. */
  get at(): number {
    return this.#at;
  }

  show(at: number): void {
    this.#at = Math.min(Math.max(at, 0), this.#versions.length - 1);
  }

  /** What of the text can be seen. */
  get text(): string {
    return this.promptText + this.tokens.map(({ text }) => text).join('');
  }

  /** Prompt and text as the model has them, up to the token at `end`. */
  idsBefore(end: number): number[] {
    return [...(this.promptIds ?? []), ...this.tokens.slice(0, end).map(({ id }) => id)];
  }

  /** How many tokens there are without those that ended the text, and with them what a stop cut. */
  get writtenCount(): number {
    const { tokens, ending } = this.version;
    if (ending?.kind !== 'stop' && ending?.kind !== 'eos') return tokens.length;
    return tokens.findLastIndex(({ text }) => text !== '') + 1;
  }

  /** A new version, in which this candidate stands at `index`, with nothing behind it yet. */
  branch(index: number, { id, logprob }: Candidate, nameOf: (id: number) => string | null): void {
    const before = this.tokens.slice(0, index).map((token) => ({ ...token }));
    const { candidates } = this.tokens[index]!;
    const tokens = [...before, { id, text: '', logprob, candidates }];
    mend(tokens, index, nameOf);
    this.#append({ tokens, keptCount: index + 1, ending: null });
  }

  /** A new version that goes on where this one ended. */
  extend(): void {
    const tokens = this.tokens.slice(0, this.writtenCount).map((token) => ({ ...token }));
    this.#append({ tokens, keptCount: tokens.length, ending: null });
  }

  #append(version: Version): void {
    this.#versions.push(version);
    this.#at = this.#versions.length - 1;
  }
}

/** No character has more tokens. */
const longestCharacter = 4;

/**
 * Gives the tokens at `from` the texts that follow from their bytes. What is generated after the
 * beginning of a character has, by itself, no text: the server cannot know what was there before.
 */
export function mend(tokens: Token[], from: number, nameOf: (id: number) => string | null): void {
  const first = Math.max(0, from - longestCharacter);
  const near = tokens.slice(first, from + longestCharacter + 1);
  const names = near.map(({ id }) => nameOf(id));
  const unknown = names.indexOf(null);
  const known = unknown < 0 ? names : names.slice(0, unknown);
  const texts = textsOf(known.map((name) => bytesOf(name!)));
  for (const [index, text] of texts.entries()) {
    if (first + index >= from) near[index]!.text = text;
  }
}

/** Whether the tokens before `end` leave a character that is not whole. */
export function endsWithinCharacter(
  tokens: readonly Token[],
  end: number,
  nameOf: (id: number) => string | null,
): boolean {
  const near = tokens.slice(Math.max(0, end - longestCharacter), end);
  const bytes = near.map(({ id }) => bytesOf(nameOf(id) ?? ''));
  const all = Uint8Array.from(bytes.flatMap((one) => [...one]));
  const decoder = new TextDecoder();
  return decoder.decode(all, { stream: true }) !== new TextDecoder().decode(all);
}
