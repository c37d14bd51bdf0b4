// A text as it comes in, piece by piece: which token added which characters. A character of several
// tokens belongs to the last of them, as the offsets say that the server sends.

import type { Choice, Logprobs } from '../../client/completion-types.ts';
import { type Candidate, candidateCount, type Token } from './token.ts';

export class ChoiceText {
  readonly tokens: Token[] = [];
  readonly #offsets: number[] = [];
  /** Of the whole text so far: offsets count code points, not halves of them. */
  readonly #characters: string[] = [];

  /** Returns the index of the first token that is new, or has more text than before. */
  take({ text, logprobs }: Pick<Choice, 'text' | 'logprobs'>): number {
    const changed = Math.max(0, this.tokens.length - 1);
    for (const character of text) this.#characters.push(character);
    if (logprobs !== null) this.#add(logprobs);
    for (let index = changed; index < this.tokens.length; index++) {
      const end = this.#offsets[index + 1] ?? this.#characters.length;
      this.tokens[index]!.text = this.#characters.slice(this.#offsets[index], end).join('');
    }
    return changed;
  }

  #add({ tokens, text_offset, token_logprobs, top_logprobs }: Logprobs): void {
    for (const [index, name] of tokens.entries()) {
      this.#offsets.push(text_offset[index]!);
      this.tokens.push({
        id: idOf(name),
        text: '',
        logprob: token_logprobs[index] ?? null,
        candidates: candidatesOf(top_logprobs[index] ?? {}),
      });
    }
  }
}

/** The token itself comes behind the others where it is not one of them. */
function candidatesOf(named: Readonly<Record<string, number>>): Candidate[] {
  return Object.entries(named)
    .slice(0, candidateCount)
    .map(([name, logprob]) => ({ id: idOf(name), logprob }));
}

/** Of a name like `token_id:50256`. */
function idOf(name: string): number {
  return Number(name.slice(name.indexOf(':') + 1));
}
