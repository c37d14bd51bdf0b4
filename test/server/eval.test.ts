// `kvasir eval` as a process, against an independent implementation's numbers for the same weights.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../../bench/server.ts';
import { sharedData, temporaryFolder } from '../support/folders.ts';
import { exportedStoryteller, oracle } from '../support/storyteller.ts';

const folder = temporaryFolder();
let artifact: string;
beforeAll(async () => {
  artifact = await exportedStoryteller();
});

const evaluate = (...words: string[]) => run('eval', '--model', artifact, ...words);

async function run(...words: string[]) {
  const child = spawn(process.execPath, ['dist/src/main.js', ...words]);
  let output = '';
  let errors = '';
  child.stdout.on('data', (piece) => (output += piece));
  child.stderr.on('data', (piece) => (errors += piece));
  const [code] = await once(child, 'close');
  return { code: code as number, output, errors };
}

function written(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

test('ids have the perplexity that an independent implementation gives them', async () => {
  const ids = written('text.u16', new Uint8Array(Uint16Array.from(oracle.text.ids).buffer));
  const json = path.join(folder, 'report.json');
  // The fixture has windows of 512 tokens that are scored, each after another one.
  const cut = ['--context', '513', '--stride', '512'];
  const { code, output } = await evaluate('--ids', ids, ...cut, '--json', json);
  expect(code).toBe(0);
  const [found] = JSON.parse(readFileSync(json, 'utf8')).tasks;
  expect(found).toMatchObject({ task: 'ids', file: ids, bytes: 4098, tokens: 2048 });
  expect(found.measures).toMatchObject([{ name: 'perplexity a token', paper: null }]);
  expect(Math.log(found.measures[0].value)).toBeCloseTo(oracle.text.mean_nll, 5);
  expect(output).toMatch(/perplexity a token +51\.59\d\d +2,048/);
});

describe('texts in the formats of the test sets have the numbers of other programs', () => {
  const samples = path.resolve('test/fixtures/evaluation');
  const files = [
    '--wikitext',
    'wikitext.txt',
    '--ptb',
    'treebank.txt',
    '--lambada',
    'lambada.jsonl',
  ];
  const flags = [...files, '--text', 'text.txt'].map((word) =>
    word.startsWith('--') ? word : path.join(samples, word),
  );

  async function measured(stride: string, ...words: string[]) {
    const json = path.join(folder, 'samples.json');
    const cut = ['--context', '128', '--stride', stride, '--json', json];
    const { code, errors } = await run('eval', ...flags, ...cut, ...words);
    expect(code, errors).toBe(0);
    return measuresIn(json);
  }

  test.each(['128', '50'])('windows of 128 tokens, %s from one to the next', async (stride) => {
    const found = await measured(stride, '--model', artifact);
    expectAlike(found, JSON.parse(readFileSync(`${samples}/stride-${stride}.json`, 'utf8')));
  });

  test('from a server, too', async () => {
    const server = await startServer('--model', artifact, '--max-running', '2', '--max-queue', '5');
    try {
      const found = await measured('128', '--url', server.url.href);
      expectAlike(found, JSON.parse(readFileSync(`${samples}/stride-128.json`, 'utf8')));
    } finally {
      await server.stop();
    }
  });
});

type Measures = Record<string, Record<string, number>>;

function measuresIn(json: string): Measures {
  const { tasks } = JSON.parse(readFileSync(json, 'utf8')) as {
    tasks: { task: string; measures: { name: string; value: number }[] }[];
  };
  return Object.fromEntries(
    tasks.map(({ task, measures }) => {
      return [task, Object.fromEntries(measures.map(({ name, value }) => [name, value]))];
    }),
  );
}

/** To four digits, and all of them there. */
function expectAlike(found: Measures, expected: Measures): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [task, measures] of Object.entries(expected)) {
    expect(Object.keys(found[task]!)).toEqual(Object.keys(measures));
    for (const [name, value] of Object.entries(measures)) {
      const error = Math.abs(found[task]![name]! - value) / value;
      expect(error, `${task}, ${name}`).toBeLessThan(5e-5);
    }
  }
}

/** By test/clients/evaluation.py, in float64. */
const startsOfTestSets: Measures = {
  WikiText: {
    'perplexity a token': 6815.928861479614,
    'perplexity a word, de-tokenized': 5133.244221452015,
  },
  LAMBADA: {
    'perplexity of the last word': 16459.37519302557,
    'accuracy, last word': 0.075,
    'perplexity of the last token': 5894.992207488059,
    'accuracy, last token': 0.125,
  },
};
const data = sharedData('eval');
const why = data === null ? ' (skipped: there is no shared/eval)' : '';

test.skipIf(data === null)(
  `the first article of WikiText, and passages of LAMBADA${why}`,
  async () => {
    const found: Measures = {};
    for (const [flag, file, limit] of [
      ['--wikitext', 'wikitext2.test.raw.txt', '1'],
      ['--lambada', 'lambada_test.jsonl', '40'],
    ] as const) {
      const json = path.join(folder, 'start.json');
      const words = [flag, path.join(data!, file), '--limit', limit, '--json', json];
      const { code, errors } = await evaluate(...words);
      expect(code, errors).toBe(0);
      Object.assign(found, measuresIn(json));
    }
    expectAlike(found, startsOfTestSets);
  },
);

describe('is refused', () => {
  const short = written('short.txt', 'Once upon a time.');
  test.each([
    [[], /nothing to measure: give any of --wikitext, --ptb, --lambada, --text, --ids/],
    [['--text', path.join(folder, 'none.txt')], /--text .*none\.txt.*is not there/],
    [['--text', written('empty.txt', '')], /--text .*empty\.txt: is empty/],
    [['--text', written('bytes.txt', Uint8Array.of(65, 255))], /bytes\.txt: is no text in UTF-8/],
    [['--text', short], /short\.txt: has 5 tokens, and a window 1024: give a shorter --context/],
    [['--text', short, '--context', '2048'], /--context 2048: this model's context is 1024/],
    [['--text', short, '--context', '4', '--stride', '5'], /--stride 5: windows of 4 tokens/],
    [['--text', short, '--url', 'ftp://x'], /--url must be an address like http:/],
    [['--ids', written('odd.u16', 'odd')], /--ids .*odd\.u16: has 3 bytes/],
    [['--ids', written('high.u16', Uint8Array.of(255, 255))], /id 0 is 65535.* 0 to 50256/],
  ])('%j', async (words, reason) => {
    const { code, errors, output } = await evaluate(...words);
    expect(errors).toMatch(reason);
    expect(errors).not.toMatch(/\n\s+at /);
    expect(output).toBe('');
    expect(code).toBe(2);
  });
});

test('a server that does not answer is a failure, and no misuse', async () => {
  const short = written('short.txt', 'Once upon a time.');
  const { code, errors } = await evaluate('--text', short, '--url', 'http://127.0.0.1:9');
  expect(errors).toMatch(/^--url http:\/\/127\.0\.0\.1:9 does not answer: .*"kvasir serve"/);
  expect(code).toBe(1);
});
