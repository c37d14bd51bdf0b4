// Every link within the project leads to a file that is there, and to a heading that is there.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { anchorOf, type Page, parsePage, project, readPages } from './markdown.ts';

const pages = readPages();

/** What is wrong with a link, or null. */
function faultOf(page: Page, target: string): string | null {
  if (/^[a-z]+:/.test(target)) return null;
  const [file, anchor] = target.split('#') as [string, string?];
  const found = path.join(path.dirname(page.name), file);
  const name = file === '' ? page.name : found;
  if (!existsSync(path.join(project, name))) return `there is no ${name}`;
  if (anchor === undefined) return null;
  if (!name.endsWith('.md')) return `${name} has no headings`;
  const { anchors } = parsePage(name, readFileSync(path.join(project, name), 'utf8'));
  return anchors.has(anchor) ? null : `${name} has no #${anchor}`;
}

test.each(pages.map((page) => [page.name, page] as const))(
  'the links of %s lead somewhere',
  (_, page) => {
    const faults = page.links.flatMap(({ line, target }) => {
      const fault = faultOf(page, target);
      return fault === null ? [] : [`${page.name}:${line}: ${target}: ${fault}`];
    });
    expect(faults).toEqual([]);
  },
);

test('every page of docs/ is in its index', () => {
  const index = pages.find(({ name }) => name === 'docs/README.md')!;
  const linked = index.links.map(({ target }) => path.join('docs', target.split('#')[0]!));
  const missing = pages
    .map(({ name }) => name)
    .filter((name) => path.dirname(name) === 'docs' && name !== index.name)
    .filter((name) => !linked.includes(name));
  expect(missing).toEqual([]);
});

describe('what the tests make of Markdown', () => {
  test.each([
    ['What `--model` may be', 'what---model-may-be'],
    ["The paper's numbers, and others'", 'the-papers-numbers-and-others'],
    ['[Models](models.md): pulling', 'models-pulling'],
  ])('the heading %j has the anchor %j', (heading, anchor) => {
    expect(anchorOf(heading)).toBe(anchor);
  });

  test('a link that leads nowhere is found', () => {
    const page = parsePage(
      'docs/x.md',
      '# A\n\n[b](nowhere.md) [c](#a) [d](#b) [e](../README.md#no)',
    );
    expect(page.links.map(({ target }) => faultOf(page, target))).toEqual([
      'there is no docs/nowhere.md',
      expect.stringContaining('there is no docs/x.md'),
      expect.stringContaining('there is no docs/x.md'),
      'README.md has no #no',
    ]);
  });

  test('a block has its language, its tags and its text without the indent of a list', () => {
    const { blocks } = parsePage(
      'x.md',
      '1. a\n\n   ```sh cannot-run="needs a GPU" other\n   one\n     two\n   ```\n',
    );
    expect(blocks).toEqual([
      {
        page: 'x.md',
        line: 3,
        language: 'sh',
        tags: new Map([
          ['cannot-run', 'needs a GPU'],
          ['other', ''],
        ]),
        text: 'one\n  two',
        output: null,
      },
    ]);
  });
});
