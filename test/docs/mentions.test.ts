// What the documentation calls by name is there: flags, variables, metrics, codes of errors, routes, files.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { allCommands } from '../../src/cli/all-commands.ts';
import { commonFor } from '../../src/config/common-table.ts';
import type { Setting } from '../../src/config/kinds.ts';
import { variableOf } from '../../src/config/locate.ts';
import { describeServer } from '../../src/http/openapi/document.ts';
import { statusOfCode, wireCodes } from '../../src/http/openapi/error-codes.ts';
import { type Page, project, readPages } from './markdown.ts';
import { benchmarkFlags, benchmarks } from './unrun.ts';

const pages = readPages();
const each = pages.map((page) => [page.name, page] as const);

/** Flags of other programs, where the documentation has them. */
const foreign: Readonly<Record<string, readonly string[]>> = {
  'llama-server': [
    ...['threads', 'threads-batch', 'parallel', 'ctx-size', 'batch-size', 'ubatch-size'],
    ...['cont-batching', 'no-cache-prompt', 'cache-ram', 'no-context-shift', 'no-ui', 'no-slots'],
    ...['offline', 'threads-http'],
  ],
  docker: [
    ...['target', 'tag', 'build-arg', 'build-context', 'sbom', 'provenance', 'push', 'platform'],
    ...['rm', 'gpus', 'read-only', 'tmpfs', 'cap-drop', 'security-opt', 'memory'],
    ...['publish', 'stop-timeout', 'volume', 'env', 'file', 'detach', 'build', 'no-deps'],
  ],
  'test/clients/evaluation.py': ['dtype', 'report'],
  'dist/bench/heap.js': ['sampling'],
  everything: ['help', 'version'],
};

const settings: readonly Setting<unknown>[] = Object.values(allCommands).flatMap((command) =>
  Object.values({ ...command.settings, ...commonFor(command.settings) }),
);

const flags = new Set([
  ...settings.filter(({ from }) => from !== 'variable').map(({ flag }) => flag),
  ...(Object.keys(benchmarks) as (keyof typeof benchmarks)[]).flatMap(benchmarkFlags),
  ...Object.values(foreign).flat(),
]);

const variables = new Set(settings.map(variableOf));
const exposition = readFileSync(path.join(project, 'test/metrics/exposition.txt'), 'utf8');
const document = describeServer({ model: 'gpt2', asksForKeys: true, hasOperators: true });

/** `page:line: what` of every find that `isThere` denies. */
function strangers(
  page: Page,
  pattern: RegExp,
  isThere: (found: RegExpMatchArray) => boolean,
): readonly string[] {
  return page.text
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(pattern)]
        .filter((found) => !isThere(found))
        .map((found) => `${page.name}:${index + 1}: ${found[0]}`),
    );
}

test.each(each)('%s: every flag is one', (_, page) => {
  expect(strangers(page, /(?<![\w-])--([a-z][a-z0-9-]*)/g, ([, flag]) => flags.has(flag!))).toEqual(
    [],
  );
});

test.each(each)('%s: every variable of Kvasir is one', (_, page) => {
  expect(strangers(page, /\bKVASIR_[A-Z0-9_]+\b/g, ([name]) => variables.has(name))).toEqual([]);
});

test.each(each)('%s: every metric is one', (_, page) => {
  const names = new Set(
    [...exposition.matchAll(/^# TYPE (\S+)|^([a-z0-9_:]+)\{/gm)].map(
      (found) => found[1] ?? found[2],
    ),
  );
  const pattern = /(?<![\w/-])(?:vllm|kvasir):[a-z0-9_]+\b(?!\*)/g;
  expect(strangers(page, pattern, ([name]) => names.has(name))).toEqual([]);
});

test.each(each)('%s: every status stands before its own code', (_, page) => {
  const isRight = ([, status, code]: RegExpMatchArray) => {
    const known = wireCodes.find((each) => each === code);
    return known !== undefined && statusOfCode(known) === Number(status);
  };
  expect(strangers(page, /\b([45]\d\d) `([a-z_]+)`/g, isRight)).toEqual([]);
});

test.each(each)('%s: every route is one', (_, page) => {
  const isRoute = ([, method, route]: RegExpMatchArray) => {
    const operations = document.paths[route!] as Record<string, unknown> | undefined;
    return operations?.[method!.toLowerCase()] !== undefined || route === '/';
  };
  expect(strangers(page, /`(GET|POST) (\/[a-z0-9_/.{}-]*)/g, isRoute)).toEqual([]);
});

const folders = 'src|models|export|test|bench|docs|deploy|client|examples';

test.each(each)('%s: every file is there', (_, page) => {
  const missing = page.spans
    .filter(({ text }) => new RegExp(`^(${folders})/[\\w./-]+$`).test(text))
    .filter(({ text }) => !existsSync(path.join(project, text)))
    .map(({ line, text }) => `${page.name}:${line}: ${text}`);
  expect(missing).toEqual([]);
});
