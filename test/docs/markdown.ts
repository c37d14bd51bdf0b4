// What the tests of the documentation see in a Markdown file: blocks of code with their tags, headings as
// the anchors that GitHub makes of them, links, and code within lines.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Block {
  readonly page: string;
  /** Of the fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** What follows the language in the fence: ```` ```sh cannot-run="needs a GPU" ````. */
  readonly tags: ReadonlyMap<string, string>;
  readonly text: string;
  /** The block that stands right behind this one and says `output`; or the quotation, if there is one. */
  readonly output: Output | null;
}

export interface Output {
  readonly language: string;
  readonly text: string;
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

export interface Page {
  /** From the project's folder. */
  readonly name: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly Link[];
  /** What stands between single backticks, with its line. */
  readonly spans: readonly { readonly line: number; readonly text: string }[];
}

export const project = path.resolve(import.meta.dirname, '../..');

const elsewhere = new Set(['node_modules', 'dist', '.git', 'coverage']);

/** Every Markdown file of the project. */
export function readPages(): readonly Page[] {
  const find = (folder: string): string[] =>
    readdirSync(path.join(project, folder), { withFileTypes: true }).flatMap((entry) => {
      if (elsewhere.has(entry.name)) return [];
      const name = path.join(folder, entry.name);
      if (entry.isDirectory()) return find(name);
      return entry.isFile() && name.endsWith('.md') ? [name] : [];
    });
  return find('').sort().map(readPage);
}

function readPage(name: string): Page {
  return parsePage(name, readFileSync(path.join(project, name), 'utf8'));
}

export function parsePage(name: string, text: string): Page {
  const fences = fencesOf(text);
  const prose = withoutFences(text, fences);
  return {
    name,
    text,
    blocks: blocksOf(name, fences, prose),
    anchors: anchorsOf(prose),
    links: linksOf(prose),
    spans: prose.flatMap((line, index) =>
      [...line.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map((found) => ({
        line: index + 1,
        text: found[1]!,
      })),
    ),
  };
}

interface Fence {
  /** Lines of the fences themselves, from 0. */
  readonly first: number;
  readonly last: number;
  readonly info: string;
  readonly text: string;
}

function fencesOf(text: string): readonly Fence[] {
  const lines = text.split('\n');
  const fences: Fence[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [, indent = '', ticks, info] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(lines[index]!) ?? [];
    if (ticks === undefined) continue;
    const last = lines.findIndex((line, at) => at > index && line.trim() === ticks);
    if (last === -1) throw new Error(`line ${index + 1}: this fence is never closed`);
    const inside = lines.slice(index + 1, last).map((line) => withoutIndent(line, indent));
    fences.push({ first: index, last, info: info!.trim(), text: inside.join('\n') });
    index = last;
  }
  return fences;
}

function withoutIndent(line: string, indent: string): string {
  return line.startsWith(indent) ? line.slice(indent.length) : line;
}

/** The lines, empty where code stands: numbers of lines stay. */
function withoutFences(text: string, fences: readonly Fence[]): string[] {
  return text
    .split('\n')
    .map((line, index) =>
      fences.some(({ first, last }) => index >= first && index <= last) ? '' : line,
    );
}

function blocksOf(page: string, fences: readonly Fence[], prose: readonly string[]): Block[] {
  return fences.flatMap((fence, index) => {
    const { language, tags } = readInfo(fence.info);
    if (tags.has('output')) return [];
    const output = outputAfter(fence, fences[index + 1], prose);
    return [{ page, line: fence.first + 1, language, tags, text: fence.text, output }];
  });
}

function outputAfter(
  { last }: Fence,
  next: Fence | undefined,
  prose: readonly string[],
): Output | null {
  if (next !== undefined) {
    const { language, tags } = readInfo(next.info);
    if (tags.has('output')) return { language, text: next.text };
  }
  // A line or two of words may introduce a quotation: "streams", say.
  const behind = prose.slice(last + 1).filter((line) => line.trim() !== '');
  const quoted = behind.slice(0, 2).find((line) => line.startsWith('> '));
  const isNear = next === undefined || prose.indexOf(quoted ?? '', last) < next.first;
  return quoted === undefined || !isNear ? null : { language: 'quotation', text: quoted.slice(2) };
}

/** `sh cannot-run="needs a GPU" other` */
function readInfo(info: string): { language: string; tags: Map<string, string> } {
  const [, language = '', rest = ''] = /^(\S*)\s*(.*)$/.exec(info) ?? [];
  const tags = new Map<string, string>();
  for (const [, name, value] of rest.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)) {
    tags.set(name!, value ?? '');
  }
  return { language, tags };
}

function anchorsOf(prose: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const line of prose) {
    const [, heading] = /^#{1,6}\s+(.*)$/.exec(line) ?? [];
    if (heading === undefined) continue;
    const name = anchorOf(heading);
    let unique = name;
    for (let count = 1; anchors.has(unique); count++) unique = `${name}-${count}`;
    anchors.add(unique);
  }
  for (const [, id] of prose.join('\n').matchAll(/<a id="([^"]+)">/g)) anchors.add(id!);
  return anchors;
}

/** As GitHub does it: lower case, no punctuation, spaces to hyphens. */
export function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
}

function linksOf(prose: readonly string[]): Link[] {
  return prose.flatMap((line, index) =>
    [...line.replace(/`[^`]*`/g, '``').matchAll(/\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)/g)].map(
      ([, target]) => ({ line: index + 1, target: target! }),
    ),
  );
}
