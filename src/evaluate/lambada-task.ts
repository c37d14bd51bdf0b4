// LAMBADA: passages whose last word only the whole passage tells. Lines of {"text"}, as OpenAI has
// published them.

import { type DataFile, textOf, wrongData } from './data.ts';
import { perplexity } from './measures.ts';
import { inTurn } from './scorer.ts';
import { type Metric, type Subject, type Task, tokenizerFor } from './task.ts';

interface Passage {
  readonly ids: Int32Array; // [tokens]
  /** Where the last word begins, the space before it included. */
  readonly wordStart: number;
}

interface Verdict {
  /** In nats. */
  readonly wordLogprob: number;
  readonly tokenLogprob: number;
  readonly isWordBest: boolean;
  readonly isTokenBest: boolean;
}

/** Throws `ServeError` (invalid_setting) that names the line which is no passage. */
export function lambadaTask(data: DataFile, subject: Subject): Task {
  const lines = textOf(data).replace(/\n$/, '').split('\n').slice(0, subject.mostDocuments);
  const passages = lines.map((line, index) => passageOf(line, index, data, subject));
  return {
    name: 'LAMBADA',
    data,
    tokenCount: passages.reduce((sum, { ids }) => sum + ids.length, 0),
    measure: async (scorer, onScored) => {
      // Passages of a length side by side share steps without padding.
      const order = passages.map((_, index) => index);
      order.sort((a, b) => passages[a]!.ids.length - passages[b]!.ids.length);
      const verdicts: Verdict[] = [];
      await inTurn(scorer, order, async (index) => {
        const { ids, wordStart } = passages[index]!;
        const { logprobs, isBest } = await scorer.score(ids, wordStart, true);
        verdicts[index] = {
          wordLogprob: logprobs.subarray(wordStart - 1).reduce((sum, each) => sum + each, 0),
          tokenLogprob: logprobs.at(-1)!,
          isWordBest: isBest.subarray(wordStart - 1).every((each) => each === 1),
          isTokenBest: isBest.at(-1) === 1,
        };
        onScored(ids.length);
      });
      return metricsOf(verdicts);
    },
  };
}

function metricsOf(verdicts: readonly Verdict[]): readonly Metric[] {
  const count = verdicts.length;
  const wordLoss = verdicts.reduce((sum, { wordLogprob }) => sum - wordLogprob, 0);
  const tokenLoss = verdicts.reduce((sum, { tokenLogprob }) => sum - tokenLogprob, 0);
  const words = verdicts.filter(({ isWordBest }) => isWordBest).length;
  const tokens = verdicts.filter(({ isTokenBest }) => isTokenBest).length;
  return [
    perplexity('perplexity of the last word', wordLoss, count, 'LAMBADA perplexity'),
    { name: 'accuracy, last word', value: words / count, paper: null },
    perplexity('perplexity of the last token', tokenLoss, count),
    // What OpenAI counted.
    { name: 'accuracy, last token', value: tokens / count, paper: 'LAMBADA accuracy' },
  ];
}

function passageOf(line: string, index: number, data: DataFile, subject: Subject): Passage {
  const tokenizer = tokenizerFor(data, subject);
  const text = textIn(line);
  const [, context, word] = /^(.*\S)(\s* [^ ]+)$/s.exec(text ?? '') ?? [];
  if (context === undefined || word === undefined) {
    throw wrongData(
      data,
      `line ${index + 1} must be {"text": "..."} with two words or more, a space before the last one`,
    );
  }
  const all = Int32Array.from(tokenizer.encode(context + word));
  const wordLength = all.length - tokenizer.encode(context).length;
  // Of what is longer than the context, the end.
  const ids = all.slice(-subject.contextTokens);
  if (wordLength >= ids.length) {
    throw wrongData(
      data,
      `line ${index + 1}: its last word has ${wordLength} tokens, no context is left`,
    );
  }
  return { ids, wordStart: ids.length - wordLength };
}

function textIn(line: string): string | null {
  try {
    const value: unknown = JSON.parse(line)?.text;
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
