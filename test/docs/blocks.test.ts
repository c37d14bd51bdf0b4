// Every block of code in the documentation is run, or checked where it is nothing to run. One that cannot
// run here says why in its fence, ```` ```sh cannot-run="needs a GPU" ````, and is listed at the end.
//
// Further tags: `output` (what the block before prints), `fails` (it must end with another code than 0),
// `file="chat.json"` (what the reader has in a file of this name), `server="--chat-template chat.json"` (how
// the server on port 8000 was started), and for JSON `schema="Error"` (what it is) and `logged`
// (the log has a line of these names).

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { describeServer } from '../../src/http/openapi/document.ts';
import { Validators } from '../http/openapi/validators.ts';
import { temporaryFolder } from '../support/folders.ts';
import { program } from '../support/programs.ts';
import { hold } from './frames.ts';
import { type Block, readPages } from './markdown.ts';
import { checkOutput } from './output.ts';
import { Programs } from './programs.ts';
import { readShell } from './unrun.ts';
import { addressed, type Ran, World } from './world.ts';

const curl = program('curl').file;
const pages = readPages();
const blocks = pages.flatMap((page) => page.blocks);
const cannotRun = ({ tags }: Block) => tags.get('cannot-run') ?? null;
const isTypeScript = ({ language }: Block) => language === 'ts';

let world: World;
let programs: Programs;
beforeAll(async () => {
  world = await World.create(temporaryFolder());
  const runnable = blocks.filter((block) => isTypeScript(block) && cannotRun(block) === null);
  programs = await Programs.compile(runnable, world);
});
afterAll(async () => {
  await world.close();
});

const validators = new Validators(
  describeServer({ model: 'storyteller', asksForKeys: true, hasOperators: true }),
);

/** `url`: of the server that is asked. */
type Check = (block: Block, url: URL) => Promise<Ran | null>;

const checks: Readonly<Record<string, Check>> = {
  sh: ({ page, text }, url) =>
    world.run(page, 'bash', ['-euo', 'pipefail', '-c', addressed(text, url)]),
  ts: (block, url) => world.run(block.page, process.execPath, [programs.fileOf(block, url)]),
  js: ({ page, text }, url) =>
    world.run(page, process.execPath, ['--input-type=module', '--eval', addressed(text, url)]),
  python: ({ page, text }, url) => world.run(page, 'python3', ['-c', addressed(text, url)]),
  websocket: async ({ text }, { host }) => {
    await hold(text, new URL('/v1/completions', `ws://${host}`));
    return null;
  },
  json: async ({ text, tags }) => {
    const value = JSON.parse(text);
    const schema = tags.get('schema') ?? bodyOf(value);
    if (schema !== undefined) {
      validators.check({ $ref: `#/components/schemas/${schema}` }, value);
    }
    if (tags.has('logged')) expect(world.logged()).toContainEqual(Object.keys(value));
    return null;
  },
  yaml: async ({ text }) => {
    parseYaml(text);
    return null;
  },
  // For people: drawings, formulas, the layout of folders.
  text: async () => null,
};

/** What asks for a text is a body, whether it says so or not. */
function bodyOf(value: object): string | undefined {
  return 'prompt' in value ? 'CompletionRequest' : 'messages' in value ? 'ChatRequest' : undefined;
}

/** Why a block that might run is not run on this machine. */
function missing({ language, text }: Block): string | null {
  if (language === 'python') {
    return has('python3', '-c', 'import openai') ? null : 'python3 with openai is not installed';
  }
  if (language === 'sh' && /\bcurl\b/.test(text)) {
    return curl === null ? 'curl is not installed' : null;
  }
  return null;
}

const known = new Map<string, boolean>();
function has(name: string, ...words: string[]): boolean {
  const key = [name, ...words].join(' ');
  const isThere = known.get(key) ?? spawnSync(name, words).status === 0;
  known.set(key, isThere);
  return isThere;
}

/** Whether it could be run at all, for those that are not. */
function read({ language, text }: Block): void {
  if (language === 'sh') readShell(text);
  if (language !== 'python' || !has('python3', '--version')) return;
  const parse = ['-c', 'import ast, sys; ast.parse(sys.argv[1])', text];
  const { status, stderr } = spawnSync('python3', parse, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

describe.each(
  pages.filter((page) => page.blocks.length > 0).map((page) => [page.name, page] as const),
)('%s', (_, page) => {
  for (const block of page.blocks) {
    const { line, language, tags, output } = block;
    const reason = cannotRun(block);
    const skipped = reason === null ? missing(block) : null;
    const why = reason ?? skipped;
    if (why !== null) {
      test(`line ${line}: ${language}, read but not run: ${why}`, () => {
        expect(why).not.toBe('');
        read(block);
      });
      continue;
    }
    test(`line ${line}: ${language}`, async () => {
      const check = checks[language];
      if (check === undefined) throw new Error(`nobody knows here how to check "${language}"`);
      const file = tags.get('file');
      if (file !== undefined) writeFileSync(path.join(world.clone(page.name), file), block.text);
      const flags = tags.get('server');
      const ran = await (flags === undefined
        ? check(block, world.url)
        : world.beside(page.name, flags, (url) => check(block, url)));
      if (ran === null) return;
      const isGood = (ran.code === 0) !== tags.has('fails');
      if (!isGood) throw new Error(`ended with ${ran.code}:\n${ran.stdout}\n${ran.stderr}`);
      if (output !== null) checkOutput(output, ran.stdout || ran.stderr, block.text);
    });
  }
});

test('what cannot run here is listed, with the reason', () => {
  const listed = blocks.flatMap((block) => {
    const reason = cannotRun(block) ?? missing(block);
    return reason === null ? [] : [`  ${block.page}:${block.line} ${block.language}: ${reason}`];
  });
  console.log([`${listed.length} of ${blocks.length} blocks were not run:`, ...listed].join('\n'));
  for (const block of blocks) expect(cannotRun(block)).not.toBe('');
});
