// The Penn Treebank's test set as language models have it (Mikolov et al.): lower case, 10,000 words,
// a sentence a line.

import { type DataFile, textOf, wrongData } from './data.ts';
import { detokenizeTreebank } from './detokenize.ts';
import { lossOf, scoredCountOfAll } from './likelihood.ts';
import { perplexity } from './measures.ts';
import { asDocuments } from './readings.ts';
import type { Subject, Task } from './task.ts';

/** Throws `ServeError` (invalid_setting) where the file is not in that form. */
export function treebankTask(data: DataFile, subject: Subject): Task {
  const lines = linesOf(data).slice(0, subject.mostDocuments);
  const text = detokenizeTreebank(lines.map((line) => `${line.trim()}\n`).join(''));
  const reading = asDocuments(data, [text], subject);
  const tokenCount = scoredCountOfAll(reading);
  // The end of a sentence is a word: so all perplexities of this set are counted.
  const wordCount = lines.reduce((sum, line) => sum + line.trim().split(/ +/).length + 1, 0);
  return {
    name: 'Penn Treebank',
    data,
    tokenCount,
    measure: async (scorer, onScored) => {
      const loss = await lossOf(reading, scorer, onScored);
      return [
        perplexity('perplexity a token, de-tokenized', loss, tokenCount),
        perplexity('perplexity a word, de-tokenized', loss, wordCount, 'PTB'),
      ];
    },
  };
}

function linesOf(data: DataFile): string[] {
  const lines = textOf(data).replace(/\n$/, '').split('\n');
  const blank = lines.findIndex((line) => line.trim() === '');
  if (blank >= 0) throw wrongData(data, `line ${blank + 1} is blank: each line is a sentence`);
  if (lines.some((line) => /(^|\s)<unk>(\s|$)/.test(line))) return lines;
  throw wrongData(
    data,
    'has no <unk>: this is not the test set that language models are measured on',
  );
}
