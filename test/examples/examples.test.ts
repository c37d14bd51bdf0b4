// The examples as they are, in a project that has the packed package installed: they compile as users
// compile, run, and end by themselves.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Server, startListening } from '../../bench/server.ts';
import { temporaryFolder } from '../support/folders.ts';
import { program } from '../support/programs.ts';
import { compilations, compile, makeProject, type Project } from './project.ts';

const run = promisify(execFile);
let project: Project;
beforeAll(async () => {
  project = makeProject(temporaryFolder(), temporaryFolder());
  expect(await compile(project, 'nodenext')).toBe('');
});

/** A program of the project, run to its end. */
async function node(...words: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, words, {
    cwd: project.folder,
    env: project.environment,
  });
  return stdout;
}

test.each(Object.keys(compilations) as (keyof typeof compilations)[])(
  'compile with the module resolution %s, libraries included',
  async (kind) => {
    expect(await compile(project, kind, { noEmit: true })).toBe('');
  },
);

test("the client's types need no Node", async () => {
  const further = { noEmit: true, types: [], lib: ['es2023', 'dom'] };
  const said = await compile(project, 'bundler', further);
  // The examples themselves speak to Node.
  expect(
    said.split('\n').filter((line) => line.includes('node_modules/kvasir/dist/client')),
  ).toEqual([]);
});

test('a plain script writes a text, several at once, and scores', async () => {
  const output = await node(project.file('script.js'), 'The king said');
  const lines = output.split('\n');
  expect(lines[0]).toMatch(/^The king said ./);
  expect(lines.filter((line) => /^- ".+"$/.test(line))).toHaveLength(3);
  expect(output).toContain('36 tokens\n');
  const [usual, odd] = [...output.matchAll(/(?:throne|king)\. (\d+)$/gm)].map(([, n]) => Number(n));
  expect(usual).toBeLessThan(odd!);
  expect(await node(project.file('script.js'), 'The king said')).toBe(output);
});

test('a fastify app has the whole API below a path, and ends when it is told to', async () => {
  const child = spawn(process.execPath, [project.file('fastify-app.js')], {
    cwd: project.folder,
    env: { ...project.environment, PORT: '0' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for await (const piece of child.stdout.setEncoding('utf8')) {
    output += piece;
    if (output.includes('http: ')) break;
  }
  const [url] = /http:\/\/\S+$/m.exec(output)!;
  const { story } = (await (await fetch(`${url}/story?about=a+hen`)).json()) as { story: string };
  expect(story).toMatch(/^Once upon a time there was a hen./);
  const models = (await (await fetch(`${url}/llm/v1/models`)).json()) as { data: object[] };
  expect(models.data).toMatchObject([{ id: 'storyteller' }]);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect((await exited)[0]).toBe(0);
});

test('npx finds the command', async () => {
  const options = { cwd: project.folder, env: project.environment };
  const { stdout } = await run('npx', ['--no-install', 'kvasir', '--version'], options);
  expect(stdout).toMatch(/^kvasir \d+\.\d+\.\d+, on Node /);
});

describe('with a server that runs from the package', () => {
  const pages = createServer(async ({ url }, response) => {
    const name = path.normalize(url!.split('?')[0]!);
    const type = name.endsWith('.js') ? 'text/javascript' : 'text/html';
    try {
      const body = await readFile(path.join(project.folder, name));
      response.writeHead(200, { 'content-type': type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    pages.listen(0, '127.0.0.1');
    await once(pages, 'listening');
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    const command = path.join(project.folder, 'node_modules/.bin/kvasir');
    const cache = path.join(project.folder, 'cache/kvasir');
    const flags = ['--port', '0', '--cache-directory', cache, '--allowed-origins', origin];
    server = await startListening(command, ['serve', ...flags], '/ready');
  });
  afterAll(async () => {
    pages.closeAllConnections();
    pages.close();
    await server.stop();
  });

  /** Runs the route as its framework does, in a process of its own. */
  async function route(statement: string, url = server.url.href): Promise<unknown> {
    const code = `
      import { POST } from ${JSON.stringify(project.file('next-route/route.js'))};
      const ask = (body, signal) =>
        new Request('http://localhost/api', { method: 'POST', body: JSON.stringify(body), signal });
      ${statement}`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: project.folder,
      env: { ...project.environment, KVASIR_URL: url },
    });
    return JSON.parse(stdout);
  }

  test('a route handler streams a text through', async () => {
    const said = await route(`
      const response = await POST(ask({ prompt: 'Once upon a time' }));
      const text = await response.text();
      console.log(JSON.stringify({ type: response.headers.get('content-type'), text }));`);
    const { type, text } = said as { type: string; text: string };
    expect(type).toBe('text/event-stream');
    const events = text.trim().split('\n\n');
    expect(events.length).toBeGreaterThan(10);
    for (const event of events) expect(event).toMatch(/^data: \{"text":".*"\}$/);
  });

  test('a route handler passes a refusal on, and a server that is not there', async () => {
    const refused = await route(`
      const response = await POST(ask({ prompt: 7 }));
      console.log(JSON.stringify([response.status, await response.json()]));`);
    expect(refused).toMatchObject([400, { error: { code: 'invalid_value' } }]);
    const lost = await route(
      `const response = await POST(ask({ prompt: 'Once' }));
      console.log(JSON.stringify([response.status, await response.json()]));`,
      'http://127.0.0.1:9',
    );
    expect(lost).toMatchObject([502, { error: { code: 'connection_failed' } }]);
  });

  test('who leaves a route handler ends the text at the server', async () => {
    const said = await route(`
      const response = await POST(ask({ prompt: 'Once upon a time' }));
      const reader = response.body.getReader();
      await reader.read();
      await reader.cancel();
      const metrics = async () => (await fetch(process.env.KVASIR_URL + 'metrics')).text();
      while (!/kvasir:requests_total\\{outcome="aborted".*\\} [1-9]/.test(await metrics()));
      console.log('true');`);
    expect(said).toBe(true);
  });

  const { file: chromiumFile, why } = program('chromium');

  test.skipIf(chromiumFile === null)(`a page in a browser writes a story${why}`, async () => {
    const isRoot = process.getuid?.() === 0;
    const browser = await chromium.launch({
      executablePath: chromiumFile!,
      args: isRoot ? ['--no-sandbox'] : [],
    });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    const trouble: string[] = [];
    page.on('pageerror', (error) => trouble.push(String(error)));
    await page.goto(`${origin}/browser.html`);
    await page.fill('[name=url]', server.url.origin);
    await page.click('text=Go on');
    const output = page.locator('output');
    await expect.poll(() => output.textContent()).toMatch(/^Once upon a time .{20}/s);
    await page.click('text=Stop');
    await page.fill('[name=url]', 'http://127.0.0.1:9');
    await page.click('text=Go on');
    await expect.poll(() => output.textContent()).toContain('[cannot reach http://127.0.0.1:9');
    // A WebSocket, as browsers have it.
    const text = await page.evaluate<string>(`(async () => {
      const { createClient } = await import('kvasir/client');
      const connection = await createClient('${server.url.origin}').connect();
      const request = { prompt: 'Once upon a time', max_tokens: 8, seed: 5 };
      let text = '';
      for await (const { choices } of connection.stream(request)) text += choices[0].text;
      connection.close();
      return text;
    })()`);
    expect(text.length).toBeGreaterThan(8);
    expect(trouble).toEqual([]);
  });
});
