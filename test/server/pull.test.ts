// Models from a hub, as the operator meets them: real processes, and a hub on this machine.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startServer } from '../../bench/server.ts';
import { tinyRepo } from '../hub/pulling.ts';
import { temporaryFolder } from '../support/folders.ts';
import { HubServer } from '../support/hub-server.ts';

let hub: HubServer;
let cache: string;
beforeEach(async () => {
  hub = await HubServer.start({ 'owner/tiny': tinyRepo() });
  cache = path.join(temporaryFolder(), 'cache');
});
afterEach(async () => {
  await hub.stop();
});

function start(words: readonly string[], environment: Record<string, string> = {}) {
  const { HF_TOKEN: _, HF_HUB_OFFLINE: __, ...inherited } = process.env;
  const env = { ...inherited, HF_ENDPOINT: hub.origin, KVASIR_CACHE_DIRECTORY: cache };
  return spawn(process.execPath, ['dist/src/main.js', ...words], {
    env: { ...env, ...environment },
  });
}

async function run(words: readonly string[], environment: Record<string, string> = {}) {
  const child = start(words, environment);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece) => (stdout += piece));
  child.stderr.on('data', (piece) => (stderr += piece));
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

const flags = () => ['--cache-directory', cache, '--hub-endpoint', hub.origin];

test('a model is pulled, listed, served and removed', async () => {
  expect((await run(['list'])).stdout).toContain('nothing in');
  const pulled = await run(['pull', 'owner/tiny']);
  expect(pulled).toMatchObject({ code: 0 });
  expect(pulled.stdout).toMatch(/^owner\/tiny: .* MB in .*\nserve it: kvasir serve --model owner/);
  expect(pulled.stderr).toMatch(/pulling owner\/tiny \(1{12}\) from http.*3 files/);

  const server = await startServer('--model', 'owner/tiny', '--pull', 'never', ...flags());
  try {
    const reply = await fetch(new URL('/v1/completions', server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'tiny', prompt: [1, 2, 3], max_tokens: 4, ignore_eos: true }),
    });
    expect(await reply.json()).toMatchObject({ usage: { completion_tokens: 4 } });
  } finally {
    await server.stop();
  }

  const listed = await run(['list']);
  expect(listed.stdout).toMatch(/^owner\/tiny +pulled, 1{12} .*\nowner\/tiny +exported, fp32 /m);
  const { items } = JSON.parse((await run(['list', '--json'])).stdout);
  expect(items.map(({ kind }: { kind: string }) => kind)).toEqual(['pulled', 'exported']);

  const removed = await run(['rm', 'owner/tiny']);
  expect(removed.stdout).toMatch(/^owner\/tiny: .* MB freed, in 2 folders\n$/);
  expect(existsSync(path.join(cache, 'models/owner--tiny'))).toBe(false);
  expect(readdirSync(path.join(cache, 'artifacts'))).toEqual([]);
});

test('serve pulls what is not there, and says what, how much and from where', async () => {
  const server = await startServer('--model', 'owner/tiny', ...flags());
  expect(await server.stop()).toBe(0);
  expect(server.output()).toMatch(
    /pulling owner\/tiny \(1{12}\) from http:\/\/127\.0\.0\.1:\d+ into .*: 3 files, \d+\.\d MB/,
  );
});

test.each([
  [{ HF_HUB_OFFLINE: '1' }, ['serve', '--model', 'owner/tiny'], /HF_HUB_OFFLINE is set/],
  [{ HF_HUB_OFFLINE: '1' }, ['pull', 'owner/tiny'], /HF_HUB_OFFLINE is set/],
  [{}, ['serve', '--model', 'owner/tiny', '--pull', 'never'], /--pull is never/],
])('what may not be pulled is not: %j %j', async (environment, words, reason) => {
  const { code, stderr } = await run(words, environment);
  expect(stderr).toMatch(reason);
  expect(code).toBe(2);
  expect(hub.requests).toEqual([]);
});

test.each([
  ['SIGINT', [130, null]],
  ['SIGTERM', [143, null]],
  ['SIGKILL', [null, 'SIGKILL']],
] as const)('a pull that is ended by %s goes on where it was', async (signal, end) => {
  const weights = hub.repos['owner/tiny']!.files['model.safetensors']!;
  hub.misbehave('model.safetensors', { stallAfter: 20_000 });
  const first = start(['pull', 'owner/tiny']);
  let progress = '';
  await new Promise<void>((resolve) => {
    first.stderr.on('data', (piece) => {
      progress += piece;
      if (/pulling +[1-9]\d? %/.test(progress)) resolve();
    });
  });
  first.kill(signal);
  expect(await once(first, 'close')).toEqual(end);
  if (signal !== 'SIGKILL') expect(progress).toMatch(/interrupted: what has come is kept/);
  expect((await run(['list'])).stdout).toMatch(/owner\/tiny +pull not finished/);

  const second = await run(['pull', 'owner/tiny']);
  expect(second.code).toBe(0);
  const [, again] = hub.requestsFor('model.safetensors').filter(({ server }) => server === 'cdn');
  const from = Number(/^bytes=(\d+)-$/.exec(again!.headers.range ?? '')?.[1]);
  expect(from).toBeGreaterThan(0);
  expect(from).toBeLessThan(weights.length);
});

test('of two processes that pull the same, the second waits for what the first began', async () => {
  hub.misbehave('model.safetensors', { stallAfter: 20_000 });
  const stalled = hub.stalled();
  const first = start(['pull', 'owner/tiny']);
  await stalled;
  const second = start(['pull', 'owner/tiny']);
  let said = '';
  await new Promise<void>((resolve) => {
    second.stderr.on('data', (piece) => {
      said += piece;
      if (said.includes('another process is pulling owner/tiny')) resolve();
    });
  });
  first.kill('SIGKILL');
  expect(await once(second, 'close')).toEqual([0, null]);
  expect(existsSync(path.join(cache, 'models/owner--tiny', '1'.repeat(40)))).toBe(true);
});

test('a model with a vocabulary that is not understood is refused before its weights come', async () => {
  hub.repos['owner/tiny']!.files['vocab.json'] = Buffer.from('["no", "vocabulary"]');
  hub.repos['owner/tiny']!.small = [...hub.repos['owner/tiny']!.small, 'vocab.json'];
  const { code, stderr } = await run(['serve', '--model', 'owner/tiny']);
  expect(stderr).toMatch(/^owner\/tiny cannot be served: .*vocab/);
  expect(code).toBe(1);
  expect(hub.requestsFor('/blobs/')).toEqual([]);
});

test('a token comes from the environment or from a file, and never from the command line', async () => {
  hub.token = 'hf_secret';
  const refused = await run(['pull', 'owner/tiny']);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('set HF_TOKEN') });
  const flag = await run(['pull', 'owner/tiny', '--hub-token', 'hf_secret']);
  expect(flag).toMatchObject({ code: 2, stderr: expect.stringContaining('set HF_TOKEN') });
  expect(flag.stderr).not.toContain('hf_secret');

  const file = path.join(temporaryFolder(), 'token');
  writeFileSync(file, 'hf_secret\n');
  expect((await run(['pull', 'owner/tiny', '--hub-token-file', file])).code).toBe(0);
  expect((await run(['pull', 'owner/tiny'], { HF_TOKEN: 'hf_secret' })).code).toBe(0);
});

test.each([
  [['pull'], 2, /kvasir pull needs a NAME: owner\/repo/],
  [['pull', 'gpt22'], 2, /"gpt22" is not the name of a model: did you mean gpt2\?/],
  [['pull', 'https://huggingface.co/owner/tiny'], 2, /did you mean owner\/tiny\?/],
  [['pull', 'hf.co/owner/tiny/tree/v1/'], 2, /did you mean owner\/tiny@v1\?/],
  [['pull', 'owner/tiny/'], 2, /did you mean owner\/tiny\?/],
  [['pull', 'https://huggingface.co/gpt2'], 2, /did you mean gpt2\?/],
  [['serve', '--model', './tiny'], 2, /there is no folder \/.*\/tiny; .*storyteller.*gpt2/],
  [['serve', '--model', 'storytelle'], 2, /neither a folder .* did you mean storyteller\?/],
  [['pull', 'owner/tiny@v1', '--revision', 'v2'], 2, /leave --revision out/],
  [['pull', 'owner/tiny', '--hub-token-file', '/'], 2, /--hub-token-file: \/ is a folder; it must/],
  [['pull', 'a', 'b'], 2, /"b" is one too many after "a"/],
  [['pull', 'owner/tony'], 1, /127\.0\.0\.1:\d+ has no model owner\/tony/],
  [['pull', 'owner/tiny@v9'], 1, /owner\/tiny has no revision v9/],
  [['rm', 'owner/tiny'], 2, /nothing in .* is called "owner\/tiny": it is empty/],
])('%j is refused with a reason', async (words, code, reason) => {
  const result = await run(words);
  expect(result.stderr).toMatch(reason);
  expect(result.stderr).not.toMatch(/\n\s+at /);
  expect(result.code).toBe(code);
});

test('a hub that is not there is said to be, at once', async () => {
  const { code, stderr } = await run(['pull', 'gpt2', '--hub-endpoint', 'http://127.0.0.1:9379']);
  expect(stderr).toMatch(/^http:\/\/127\.0\.0\.1:9379 cannot be reached: .*ECONNREFUSED/);
  expect(code).toBe(1);
});
