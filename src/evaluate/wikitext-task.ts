// WikiText-2's test set, which is WikiText-103's, too. The paper's two numbers for it are two ways to
// count: by GPT-2's tokens over the text as it stands, and by words over the text without its artefacts.

import { type DataFile, textOf, wrongData } from './data.ts';
import { detokenizeWikitext } from './detokenize.ts';
import { lossOf, scoredCountOfAll } from './likelihood.ts';
import { perplexity } from './measures.ts';
import { asDocuments, asItStands } from './readings.ts';
import { type Subject, type Task, tokenizerFor } from './task.ts';
import { encodeLong } from './text-ids.ts';

/** Throws `ServeError` (invalid_setting) where there is no article, or too little text. */
export function wikitextTask(data: DataFile, subject: Subject): Task {
  const articles = articlesOf(data).slice(0, subject.mostDocuments);
  const pages = articles.map((lines) => lines.join('\n'));
  const rows = rowsOf(articles.flat());
  const raw = asItStands(data, encodeLong(rows, tokenizerFor(data, subject)), subject);
  const clean = asDocuments(data, pages.map(detokenizeWikitext), subject);
  const rawCount = scoredCountOfAll(raw);
  const wordCount = pages.reduce((sum, page) => sum + page.split(/\s+/).length, 0);
  return {
    name: 'WikiText',
    data,
    tokenCount: rawCount + scoredCountOfAll(clean),
    measure: async (scorer, onScored) => {
      const rawLoss = await lossOf(raw, scorer, onScored);
      const cleanLoss = await lossOf(clean, scorer, onScored);
      return [
        perplexity('perplexity a token', rawLoss, rawCount, 'WikiText-2'),
        perplexity('perplexity a word, de-tokenized', cleanLoss, wordCount, 'WikiText-103'),
      ];
    },
  };
}

/** The lines of each article: what begins with a heading of the first rank. */
function articlesOf(data: DataFile): string[][] {
  const articles: string[][] = [];
  for (const line of textOf(data).replace(/\n$/, '').split('\n')) {
    if (/^ = [^=].* = $/.test(line)) articles.push([]);
    articles.at(-1)?.push(line);
  }
  if (articles.length > 0) return articles;
  throw wrongData(
    data,
    'has no article: headings of the raw test set are lines like " = Title = "',
  );
}

/**
 * As Hugging Face's datasets have it, and its recipe joins it: a line with its end, or nothing, and two
 * ends of lines between. The blank line that the file begins with counts.
 */
function rowsOf(lines: readonly string[]): string {
  return ['', ...lines.map((line) => (line.trim() === '' ? '' : `${line}\n`))].join('\n\n');
}
