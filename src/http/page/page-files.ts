// The files that the page at / is made of, as the build left them: read once, and held in memory with
// what goes out beside them.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { importedBy } from './module-imports.ts';

export interface PageFile {
  readonly body: Buffer;
  /** The same, compressed; made when it is first asked for. */
  readonly gzipped: () => Buffer;
  readonly type: string;
  /** For ETag; the same for both forms, and therefore weak. */
  readonly tag: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export const document = 'src/page/index.html';
const entry = 'src/page/main.js';
/** Where in the document the modules are named, so that a browser fetches all of them at once. */
const preloads = '<!-- modulepreload -->';

/** Beside the compiled program, and beside the sources of one that is not. */
const roots = ['../../../page/', '../../../dist/page/'].map((place) =>
  fileURLToPath(new URL(place, import.meta.url)),
);

/** By their paths below the folder of the page; none where the page was not built. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const root = roots.find((place) => existsSync(path.join(place, entry)));
  if (root === undefined) return new Map();
  const texts = new Map(namesIn(root).map((name) => [name, readFileSync(path.join(root, name))]));
  const modules = importedBy(entry, (name) => texts.get(name)?.toString() ?? '');
  const files = new Map<string, PageFile>();
  for (const [name, body] of texts) {
    if (name.endsWith('.js') && !modules.includes(name)) continue;
    files.set(name, fileOf(name, name === document ? withPreloads(body, modules) : body));
  }
  return files;
}

function namesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => path.extname(name) in types)
    .map((name) => name.split(path.sep).join('/'));
}

function withPreloads(body: Buffer, modules: readonly string[]): Buffer {
  const links = modules.map((name) => `<link rel="modulepreload" href="page/${name}">`);
  return Buffer.from(body.toString().replace(preloads, links.join('\n')));
}

function fileOf(name: string, body: Buffer): PageFile {
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  let gzipped: Buffer | null = null;
  return {
    body,
    gzipped: () => {
      gzipped ??= gzipSync(body);
      return gzipped;
    },
    type: types[path.extname(name)]!,
    tag: `W/"${digest}"`,
  };
}
