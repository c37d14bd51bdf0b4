// `kvasir generate` as a process: alone, from a pipe, on a server, on a terminal.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer } from '../../bench/server.ts';
import { temporaryFolder } from '../support/folders.ts';
import {
  ended,
  hasTerminal,
  type RunOptions,
  runOnTerminal,
  runProgram,
  startProgram,
} from '../support/program.ts';
import { exportedStoryteller } from '../support/storyteller.ts';

let artifact: string;
let server: Server;
beforeAll(async () => {
  artifact = await exportedStoryteller();
  server = await startServer('--model', artifact);
});
afterAll(async () => {
  await server.stop();
});

const alone = (words: readonly string[], options?: RunOptions) =>
  runProgram(['generate', '--model', artifact, ...words], options);
const there = (words: readonly string[], options?: RunOptions) =>
  runProgram(['generate', '--url', server.url.origin, ...words], options);

const sampled = ['--seed', '5', '--top-k', '40', '--temperature', '0.8', '--max-tokens', '12'];

async function answered(body: object): Promise<{ choices: { text: string }[] }> {
  const reply = await fetch(new URL('/v1/completions', server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await reply.json()) as { choices: { text: string }[] };
}

const request = {
  prompt: 'Once upon a time',
  seed: 5,
  top_k: 40,
  temperature: 0.8,
  max_tokens: 12,
};

describe.each([
  ['alone', alone],
  ['on a server', there],
])('%s', (_, generate) => {
  test('the text is what the API answers, and nothing else is written', async () => {
    const { choices } = await answered(request);
    const ran = await generate([request.prompt, ...sampled]);
    expect(ran).toEqual({ code: 0, stdout: choices[0]!.text, stderr: '' });
  });

  test('a prompt comes along a pipe, with - or without', async () => {
    const { stdout: expected } = await generate([request.prompt, ...sampled]);
    for (const words of [sampled, ['-', ...sampled]]) {
      const { stdout } = await generate(words, { input: `${request.prompt}\n` });
      expect(stdout).toBe(expected);
    }
  });

  test('--echo and --stop are the API’s', async () => {
    const { stdout } = await generate(['A B', '--echo', '--max-tokens', '0']);
    expect(stdout).toBe('A B');
    const [short, long] = await Promise.all([
      generate([request.prompt, ...sampled, '--stop', ' three', '--stop', '.']),
      generate([request.prompt, ...sampled]),
    ]);
    expect(long.stdout).toContain(' three');
    expect(short.stdout).toBe(long.stdout.split(' three')[0]);
  });

  test('several texts are divided by a line', async () => {
    const { choices } = await answered({ ...request, n: 3 });
    const { stdout } = await generate([request.prompt, ...sampled, '--n', '3']);
    expect(stdout).toBe(choices.map(({ text }) => text).join('\n---\n'));
  });

  test('the likeliest of several is printed', async () => {
    const { choices } = await answered({ ...request, best_of: 4 });
    const { stdout } = await generate([request.prompt, ...sampled, '--best-of', '4']);
    expect(stdout).toBe(choices[0]!.text);
  });

  test('--json is the answer of the API', async () => {
    const { stdout } = await generate([request.prompt, ...sampled, '--json', '--logprobs', '2']);
    const { choices } = await answered({ ...request, logprobs: 2 });
    expect(JSON.parse(stdout).choices).toEqual(choices);
    expect(JSON.parse(stdout)).toMatchObject({
      object: 'text_completion',
      usage: { prompt_tokens: 4, completion_tokens: 12 },
    });
  });

  test('--json --stream is a line for each piece, and a last one with the counts', async () => {
    const { stdout } = await generate([request.prompt, ...sampled, '--json', '--stream']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const text = lines.flatMap(({ choices }) => choices.map((each: { text: string }) => each.text));
    expect(text.length).toBeGreaterThan(1);
    expect(text.join('')).toBe((await answered(request)).choices[0]!.text);
    expect(lines.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 12 } });
  });

  test.each([
    [['A', '--max-tokens', '2000'], /by --max-tokens, which may be at most 1023 here/],
    [['A', '--n', '2', '--best-of', '1'], /^--best-of must be at least n, which is 2, got 1$/m],
    [['A', '--stop-token-ids', '99999'], /^--stop-token-ids has the token id 99999/],
    [['A', '--logprobs', '2'], /^--logprobs shows in JSON only: add --json/],
    [['A', 'B'], /^"B" is one too many after "A": put quotes around/],
    [['A', '--tmperature', '1'], /did you mean --temperature\?/],
    [[], /^standard input is empty/],
  ])('%j is refused', async (words, reason) => {
    const { code, stdout, stderr } = await generate(words);
    expect(stderr).toMatch(reason);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  const endless = ['A', '--max-tokens', '1000', '--ignore-eos'];
  const words = () => (generate === alone ? ['--model', artifact] : ['--url', server.url.origin]);

  test('an interrupt ends it at once, with code 130 and no complaint', async () => {
    const child = startProgram(['generate', ...words(), ...endless]);
    const end = ended(child);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, stderr: '' });
  });

  test('a reader that has seen enough ends it quietly', async () => {
    const child = startProgram(['generate', ...words(), ...endless]);
    let stderr = '';
    child.stderr.on('data', (piece) => (stderr += piece));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

test('a server that is not there, or asks for a key, says what to do', async () => {
  const none = await runProgram(['generate', 'A', '--url', 'http://127.0.0.1:9']);
  expect(none.stderr).toMatch(/^--url: cannot reach http:\/\/127\.0\.0\.1:9: .*"kvasir serve"/);
  expect(none.code).toBe(1);
  const keys = path.join(temporaryFolder(), 'keys');
  writeFileSync(keys, 'sk-right\n');
  const guarded = await startServer('--model', artifact, '--api-keys-file', keys);
  try {
    const words = ['generate', 'A', '--max-tokens', '1', '--url', guarded.url.origin];
    const refused = await runProgram(words);
    expect(refused.stderr).toMatch(/set KVASIR_API_KEY to a key of that server/);
    expect(refused.code).toBe(1);
    const { code } = await runProgram(words, { environment: { KVASIR_API_KEY: 'sk-right' } });
    expect(code).toBe(0);
  } finally {
    await guarded.stop();
  }
});

const [dim, plain] = ['\x1b[2m', '\x1b[22m'];
const [red, usual] = ['\x1b[31m', '\x1b[39m'];
const why = hasTerminal ? '' : ' (skipped: there is no `script`)';

describe.skipIf(!hasTerminal)(`on a terminal${why}`, () => {
  const words = () => ['generate', '--model', artifact, request.prompt, ...sampled];

  test('the text ends its line, and a dim figure stands below it', async () => {
    const { stdout } = await runOnTerminal(words());
    expect(stdout).toMatch(/three.*\r\n.*12 tokens in \d+\.\d\d s, \d+ tokens\/s; /);
    expect(stdout).toContain(`\r\n${dim}12 tokens`);
    expect(stdout.endsWith(`again with --seed 5${plain}\r\n`)).toBe(true);
  });

  test('an error is red, and ends with its code all the same', async () => {
    const { code, stdout } = await runOnTerminal(['generate', 'A', '--n', '0']);
    expect(stdout).toBe(`${red}--n must be a whole number from 1 to 128, got "0"${usual}\r\n`);
    expect(code).toBe(2);
  });

  test('NO_COLOR is respected', async () => {
    const { stdout } = await runOnTerminal(words(), { environment: { NO_COLOR: '1' } });
    expect(stdout).toMatch(/\r\n12 tokens in/);
    expect(stdout).not.toContain(dim);
  });
});
