// Files in the wrong form, and what of a file is asked about.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { lambadaTask } from '../../src/evaluate/lambada-task.ts';
import type { Scorer } from '../../src/evaluate/scorer.ts';
import type { Subject } from '../../src/evaluate/task.ts';
import { textTask } from '../../src/evaluate/text-task.ts';
import { treebankTask } from '../../src/evaluate/treebank-task.ts';
import { wikitextTask } from '../../src/evaluate/wikitext-task.ts';
import { createTokenizer } from '../../src/tokenizer/tokenizer.ts';

const tokenizer = createTokenizer('gpt2', 50257);
const subject: Subject = {
  tokenizer,
  vocabularySize: 50257,
  bosTokenId: 50256,
  contextTokens: 8,
  strideTokens: 8,
  mostDocuments: Number.POSITIVE_INFINITY,
};

function dataOf(text: string) {
  const bytes = Buffer.from(text);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { flag: '--data', path: 'data.txt', bytes, sha256 };
}

/** Finds each token as likely as `logprob` says, and remembers what it was asked. */
class EvenScorer implements Scorer {
  readonly concurrency = 3;
  readonly asked: number[][] = [];
  readonly #logprob: number;

  constructor(logprob: number) {
    this.#logprob = logprob;
  }

  async score(ids: Int32Array) {
    this.asked.push([...ids]);
    const count = ids.length - 1;
    return {
      logprobs: new Float32Array(count).fill(this.#logprob),
      isBest: Uint8Array.from({ length: count }, (_, index) => (ids[index + 1]! > 300 ? 1 : 0)),
    };
  }
}

describe('LAMBADA', () => {
  const passage = (text: string) => JSON.stringify({ text });

  test.each([
    ['no json', 1],
    [`${passage('a b')}\n\n${passage('a b')}`, 2],
    ['{"words": "a b"}', 1],
    [passage('word'), 1],
    [passage('ends with a space '), 1],
    [`${passage('a b')}\n${passage(' word')}`, 2],
    ['null', 1],
  ])('%j is refused by its line', (text, line) => {
    expect(() => lambadaTask(dataOf(text), subject)).toThrow(
      `--data data.txt: line ${line} must be {"text": "..."}`,
    );
  });

  test('a word that leaves no room for its context is refused', () => {
    const text = passage('It was Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch');
    expect(() => lambadaTask(dataOf(text), subject)).toThrow(
      /line 1: its last word has \d+ tokens/,
    );
  });

  test('the last word is all of its tokens, with the white space before it', async () => {
    const scorer = new EvenScorer(-0.5);
    const text = [
      passage('one two three Wilhelmina'),
      passage('She said.\n Yes'),
      passage('a b\nc'),
    ];
    const task = lambadaTask(dataOf(text.join('\n')), subject);
    const metrics = await task.measure(scorer, () => {});
    const tokens = [' Wilhelmina', '\n Yes', ' b\nc'].map((word) => tokenizer.encode(word).length);
    const mean = tokens.reduce((sum, count) => sum + count, 0) / 3;
    expect(metrics[0]!.value).toBeCloseTo(Math.exp(0.5 * mean), 5);
    expect(metrics[2]!.value).toBeCloseTo(Math.exp(0.5), 5);
  });

  test('a word is right where all of its tokens are, a token by itself', async () => {
    // Ids up to 300 are never best: so is "\n", which the second passage's word begins with.
    const text = [passage('one two'), passage('one\n two'), passage('one \u0001')];
    const task = lambadaTask(dataOf(text.join('\n')), subject);
    const metrics = await task.measure(new EvenScorer(-1), () => {});
    expect(metrics[1]).toMatchObject({ name: 'accuracy, last word', value: 1 / 3 });
    expect(metrics[3]).toMatchObject({ name: 'accuracy, last token', value: 2 / 3 });
  });

  test('of a passage longer than the context the end counts', async () => {
    const scorer = new EvenScorer(-1);
    const task = lambadaTask(dataOf(passage('1 2 3 4 5 6 7 8 9 ten')), subject);
    await task.measure(scorer, () => {});
    expect(scorer.asked).toEqual([tokenizer.encode('1 2 3 4 5 6 7 8 9 ten').slice(-8)]);
  });

  test('only so many passages count as asked for', async () => {
    const scorer = new EvenScorer(-1);
    const lines = dataOf([passage('a b'), passage('c d'), 'not looked at'].join('\n'));
    const task = lambadaTask(lines, { ...subject, mostDocuments: 2 });
    await task.measure(scorer, () => {});
    expect(scorer.asked).toHaveLength(2);
  });
});

describe('WikiText', () => {
  test('a file without articles is refused', () => {
    expect(() => wikitextTask(dataOf('Once upon a time.'), subject)).toThrow(
      'has no article: headings of the raw test set are lines like " = Title = "',
    );
  });

  test('is read as it stands, and each article for itself', async () => {
    const scorer = new EvenScorer(-2);
    const file = ' \n = A = \n \n It is so . \n = B = \n \n = = C = = \n It is not . \n';
    const task = wikitextTask(dataOf(file), subject);
    let scored = 0;
    const metrics = await task.measure(scorer, (count) => (scored += count));
    expect(scored).toBe(task.tokenCount);
    const rows =
      '\n\n = A = \n\n\n\n\n It is so . \n\n\n = B = \n\n\n\n\n = = C = = \n\n\n It is not . \n';
    expect(scorer.asked[0]).toEqual(tokenizer.encode(rows).slice(0, 8));
    const articles = [' = A =\n\nIt is so.\n', ' = B =\n\n== C ==\nIt is not. '];
    const starts = scorer.asked.filter(([first]) => first === 50256);
    expect(starts).toEqual(articles.map((text) => [50256, ...tokenizer.encode(text).slice(0, 7)]));
    expect(metrics.map(({ paper }) => paper)).toEqual(['WikiText-2', 'WikiText-103']);
  });
});

describe('the Penn Treebank', () => {
  test.each([
    ['a <unk> b\n\nc', 'line 2 is blank: each line is a sentence'],
    ['plain prose', 'has no <unk>'],
  ])('%j is refused', (text, reason) => {
    expect(() => treebankTask(dataOf(text), subject)).toThrow(reason);
  });

  test('counts the end of a sentence as a word', async () => {
    const scorer = new EvenScorer(-1);
    const task = treebankTask(dataOf(" it 's a <unk> \n no \n"), subject);
    const [byToken, byWord] = await task.measure(scorer, () => {});
    const tokenCount = tokenizer.encode("it's a <unk>\nno\n").length;
    expect(task.tokenCount).toBe(tokenCount);
    expect(byToken!.value).toBeCloseTo(Math.E, 5);
    expect(byWord!.value).toBeCloseTo(Math.exp(tokenCount / 7), 5);
  });
});

test('a model without a vocabulary takes no texts', () => {
  const ids = { ...subject, tokenizer: null };
  for (const make of [textTask, lambadaTask]) {
    const data = dataOf('{"text": "12 52"}');
    expect(() => make(data, ids)).toThrow('this model has no vocabulary to read texts with');
  }
});
