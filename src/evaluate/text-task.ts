// The perplexity of a text as it stands, or of ids.

import type { DataFile } from './data.ts';
import { textOf, wrongData } from './data.ts';
import { likelihoodOf } from './likelihood.ts';
import { bitsAByte, perplexity } from './measures.ts';
import type { Subject, Task } from './task.ts';
import { encodeLong, readIds } from './text-ids.ts';
import { scoredCountOf, type Windowing } from './windows.ts';

export function textTask(data: DataFile, subject: Subject): Task {
  const text = textOf(data);
  const ids = encodeLong(text, tokenizerFor(data, subject));
  const words = wordCount(text);
  const windowing = windowingFor(data, ids, subject);
  return {
    name: 'text',
    data,
    tokenCount: scoredCountOf(ids.length, windowing),
    measure: async (scorer, onScored) => {
      const { loss, scoredCount } = await likelihoodOf(ids, windowing, scorer, onScored);
      // Tokens that no window scores count as the others do on average.
      const whole = (loss / scoredCount) * ids.length;
      return [
        perplexity('perplexity a token', loss, scoredCount),
        perplexity('perplexity a word', whole, words),
        bitsAByte('bits a byte', whole, data.bytes.length),
      ];
    },
  };
}

export function idsTask(data: DataFile, subject: Subject): Task {
  const ids = readIds(data, subject.vocabularySize);
  const windowing = windowingFor(data, ids, subject);
  return {
    name: 'ids',
    data,
    tokenCount: scoredCountOf(ids.length, windowing),
    measure: async (scorer, onScored) => {
      const { loss, scoredCount } = await likelihoodOf(ids, windowing, scorer, onScored);
      return [perplexity('perplexity a token', loss, scoredCount)];
    },
  };
}

/** Throws `ServeError` (invalid_setting) where the model has no vocabulary. */
export function tokenizerFor(data: DataFile, { tokenizer }: Subject) {
  if (tokenizer !== null) return tokenizer;
  throw wrongData(data, 'this model has no vocabulary to read texts with; --ids takes token ids');
}

/** Throws `ServeError` (invalid_setting) where the text is shorter than a window. */
export function windowingFor(data: DataFile, ids: Int32Array, subject: Subject): Windowing {
  const { contextTokens, strideTokens } = subject;
  if (ids.length < contextTokens) {
    throw wrongData(
      data,
      `has ${ids.length} tokens, and a window ${contextTokens}: give a shorter --context, or more text`,
    );
  }
  return { contextTokens, strideTokens, last: 'short' };
}

/** Words stand between white space. */
export function wordCount(text: string): number {
  let count = 0;
  for (const _ of text.matchAll(/\P{White_Space}+/gu)) count++;
  return count;
}
