// The program as its operator meets it: starting, refusing to start, and stopping.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../../bench/server.ts';
import { freePort } from '../deploy/free-port.ts';
import { temporaryFolder } from '../support/folders.ts';
import { exportedStoryteller } from '../support/storyteller.ts';

let artifact: string;
beforeAll(async () => {
  artifact = await exportedStoryteller();
});

async function run(...words: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['dist/src/main.js', ...words]);
  let output = '';
  child.stdout.on('data', (piece) => (output += piece));
  child.stderr.on('data', (piece) => (output += piece));
  const [code] = await once(child, 'close');
  return { code, output };
}

describe('a start that cannot succeed ends with a reason and a code', () => {
  test.each([
    [['serve', '--modle', 'x'], /--modle.*--model/s],
    [['serve', '--port', '99999'], /--port.*65535/s],
    [['serve', '--model', '/nowhere/at/all'], /\/nowhere\/at\/all.*storyteller/s],
    [['serve', '--device', 'cuda'], /--device cuda cannot be had.*install/is],
    [['export', '--checkpoint', '/nowhere', '--out', '/tmp/kvasir-nothing'], /\/nowhere/],
    [['serv'], /serv.*serve/s],
  ])('%j', async (words, reason) => {
    const { code, output } = await run(...words);
    expect(output).toMatch(reason);
    expect(output).not.toMatch(/\n\s+at /);
    expect(code).toBeGreaterThan(0);
  });

  test('an artifact that was cut short', async () => {
    const folder = path.join(temporaryFolder(), 'cut');
    cpSync(artifact, folder, { recursive: true });
    truncateSync(path.join(folder, 'model.onnx.data'), 1000);
    const { code, output } = await run('serve', '--model', folder);
    expect(output).toMatch(/model\.onnx\.data should have \d+ bytes and has 1000/);
    expect(code).toBe(1);
  });

  test('an artifact of another signature', async () => {
    const folder = path.join(temporaryFolder(), 'newer');
    cpSync(artifact, folder, { recursive: true });
    const file = path.join(folder, 'kvasir.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...manifest, signatureVersion: 99 }));
    const { code, output } = await run('serve', '--model', folder);
    expect(output).toMatch(/signature 99.*export it again/s);
    expect(code).toBe(1);
  });

  test('less memory than one row takes', async () => {
    const { code, output } = await run('serve', '--model', artifact, '--kv-memory', '2MiB');
    expect(output).toMatch(/^--kv-memory: .*at least one row of \d+ bytes/m);
    expect(output).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });

  test('a file of keys that is not there', async () => {
    const { code, output } = await run('serve', '--api-keys-file', '/nowhere/keys');
    expect(output).toMatch(/--api-keys-file.*\/nowhere\/keys/);
    expect(code).toBe(2);
  });

  test('a port that is taken, before a model is exported for it', async () => {
    const first = await startServer('--model', artifact);
    const cache = temporaryFolder();
    const words = ['--port', first.url.port, '--cache-directory', cache];
    const { code, output } = await run('serve', '--model', 'storyteller', ...words);
    await first.stop();
    expect(readdirSync(cache)).toEqual([]);
    expect(output).toMatch(/^--port \d+: another program listens there already/m);
    expect(code).toBe(1);
  });
});

describe('--help', () => {
  test.each([[['--help']], [['serve', '--help']], [['export', '--help']], [['init', '--help']]])(
    '%j explains and succeeds',
    async (words) => {
      const { code, output } = await run(...words);
      expect(code).toBe(0);
      expect(output.length).toBeGreaterThan(100);
    },
  );
});

describe('a server that starts', () => {
  test('says once where it listens, and warns of nothing', async () => {
    const server = await startServer('--model', artifact);
    expect(await server.stop()).toBe(0);
    const lines = server.output().trim().split('\n');
    const messages = lines.map((line) => JSON.parse(line).msg);
    expect(messages.filter((message) => message.includes('listening'))).toEqual([
      `listening on ${server.url.origin} (open it in a browser to write with the model)`,
    ]);
    expect(server.output()).not.toMatch(/deprecat|warning/i);
  });

  test('says where it listens even if its log is silent', async () => {
    const server = await startServer('--model', artifact, '--log-level', 'silent');
    expect(await server.stop()).toBe(0);
    expect(server.output()).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+ \(open it .*\)\n$/m);
  });
});

describe('a signal to stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends an idle server with code 0',
    async (signal) => {
      const server = await startServer('--model', artifact);
      expect(await server.stop(signal)).toBe(0);
    },
  );

  test('lets an open stream end first, turns new requests away, and is not ready', async () => {
    const server = await startServer('--model', artifact, '--max-running', '1');
    const post = (body: object) =>
      fetch(new URL('/v1/completions', server.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const open = await post({ prompt: 'A', max_tokens: 400, ignore_eos: true, stream: true });
    const reader = open.body!.getReader();
    await reader.read();
    const stopped = server.stop('SIGTERM');
    let ready = await fetch(new URL('/ready', server.url));
    while (ready.status === 200) ready = await fetch(new URL('/ready', server.url));
    expect(ready.status).toBe(503);
    expect((await post({ prompt: 'B' })).status).toBe(503);
    let text = '';
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      text += new TextDecoder().decode(piece.value);
    }
    expect(text).toContain('"finish_reason":"length"');
    expect(text).toContain('data: [DONE]');
    expect(await stopped).toBe(0);
  });

  test('ends what is still open when the time to drain is over, with an error that says so', async () => {
    const server = await startServer('--model', artifact, '--drain-timeout', '0');
    const open = await fetch(new URL('/v1/completions', server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'A', max_tokens: 1000, ignore_eos: true, stream: true }),
    });
    const text = open.text();
    expect(await server.stop('SIGTERM')).toBe(0);
    expect(await text).toMatch(/"error":.*data: \[DONE\]/s);
  });

  test('reaches a server that npm started', async () => {
    const port = await freePort();
    const child = spawn('npm', ['start', '--', '--model', artifact, '--port', String(port)], {
      detached: true,
    });
    let output = '';
    child.stdout.on('data', (piece) => (output += piece));
    while (!output.includes(`:${port}`)) await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
  });
});

test('an export that is killed leaves nothing behind that looks like an artifact', async () => {
  const out = path.join(temporaryFolder(), 'artifact');
  const words = ['export', '--checkpoint', path.resolve('models/storyteller'), '--out', out];
  const child = spawn(process.execPath, ['dist/src/main.js', ...words]);
  await once(child.stderr, 'data'); // the first sign of progress, long before the end
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(existsSync(out)).toBe(false);
  expect((await run(...words)).code).toBe(0);
});
