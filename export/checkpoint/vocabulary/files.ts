// Reads the small files around a checkpoint's vocabulary. Each error names the file.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError } from '../../../models/errors.ts';
import { Fields, shown } from '../../../models/fields.ts';

/** The largest vocabularies that models use, of some 250,000 tokens, come in files of a tenth of this. */
const mostBytes = 256 * 2 ** 20;

export class VocabularyFolder {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  has(name: string): boolean {
    return existsSync(join(this.#directory, name));
  }

  text(name: string): string {
    const path = join(this.#directory, name);
    if (!existsSync(path)) throw new CheckpointError(`${name} is missing`);
    const stat = statSync(path);
    if (!stat.isFile()) throw new CheckpointError(`${name} is not a file`);
    if (stat.size > mostBytes) {
      throw new CheckpointError(`${name} has ${stat.size} bytes; supported: up to ${mostBytes}`);
    }
    return decode(name, readFileSync(path));
  }

  json(name: string): unknown {
    try {
      return JSON.parse(this.text(name));
    } catch (error) {
      if (error instanceof CheckpointError) throw error;
      throw new CheckpointError(`${name} is not JSON`);
    }
  }

  fields(name: string): Fields {
    return new Fields(name, this.json(name), (message) => new CheckpointError(message));
  }

  /** Null where the file is absent. */
  optional(name: string): Fields | null {
    return this.has(name) ? this.fields(name) : null;
  }
}

/** A mark of the byte order, as some editors leave it, is none of the file's text. */
function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Read as something else, two tokens would become one, or a merge lead nowhere.
    throw new CheckpointError(`${name} is not UTF-8`);
  }
}

/** A map from token to id, as vocab.json and encoder.json are one. Ids are checked elsewhere. */
export function idsByToken(where: string, json: unknown): ReadonlyMap<string, number> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new CheckpointError(`${where} is not a vocabulary in JSON: a map from token to id`);
  }
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(json)) {
    if (!Number.isSafeInteger(id) || id < 0) {
      throw new CheckpointError(
        `${where} has ${shown(token)}: ${shown(id)}; supported: whole numbers from 0`,
      );
    }
    ids.set(token, id);
  }
  return ids;
}

export type Merge = readonly [left: string, right: string];

/** A file of merges: two tokens a line, with a space between them, the first ones first. */
export function parseMerges(where: string, text: string): readonly Merge[] {
  const merges: Merge[] = [];
  for (const [index, ended] of text.split('\n').entries()) {
    const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended;
    if (line === '' || (index === 0 && line.startsWith('#version'))) continue;
    merges.push(pairOf(line, `${where}: line ${index + 1}`));
  }
  return merges;
}

export function pairOf(line: string, where: string): Merge {
  const [left, right, ...more] = line.split(' ');
  if (left && right && more.length === 0) return [left, right];
  throw new CheckpointError(
    `${where} is ${shown(line)}; supported: two tokens with a space between them`,
  );
}
