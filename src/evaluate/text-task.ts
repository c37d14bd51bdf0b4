// The perplexity of a text as it stands, or of ids.

import { type DataFile, textOf } from './data.ts';
import { lossOf, scoredCountOfAll } from './likelihood.ts';
import { bitsAByte, perplexity } from './measures.ts';
import { asItStands } from './readings.ts';
import { type Subject, type Task, tokenizerFor } from './task.ts';
import { encodeLong, readIds } from './text-ids.ts';

export function textTask(data: DataFile, subject: Subject): Task {
  const text = textOf(data);
  const ids = encodeLong(text, tokenizerFor(data, subject));
  const wordCount = text.trim().split(/\s+/).length;
  const reading = asItStands(data, ids, subject);
  const tokenCount = scoredCountOfAll(reading);
  return {
    name: 'text',
    data,
    tokenCount,
    measure: async (scorer, onScored) => {
      const loss = await lossOf(reading, scorer, onScored);
      // Tokens that no window scores count as the others do on average.
      const whole = (loss / tokenCount) * ids.length;
      return [
        perplexity('perplexity a token', loss, tokenCount),
        perplexity('perplexity a word', whole, wordCount),
        bitsAByte('bits a byte', whole, data.bytes.length),
      ];
    },
  };
}

export function idsTask(data: DataFile, subject: Subject): Task {
  const reading = asItStands(data, readIds(data, subject.vocabularySize), subject);
  const tokenCount = scoredCountOfAll(reading);
  return {
    name: 'ids',
    data,
    tokenCount,
    measure: async (scorer, onScored) => [
      perplexity('perplexity a token', await lossOf(reading, scorer, onScored), tokenCount),
    ],
  };
}
