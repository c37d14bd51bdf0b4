// What a model consists of, as the hub says: which commit a revision is, and that commit's files.

import { Fields } from '../../models/fields.ts';
import { HubError } from './errors.ts';
import type { Hub } from './hub.ts';
import { repoOf } from './model-name.ts';

/** How a file's content can be told from any other: git's own SHA-1, or SHA-256 for large ones. */
export interface Identity {
  readonly algorithm: 'git' | 'sha256';
  /** Hexadecimal. */
  readonly digest: string;
}

export interface HubFile {
  readonly name: string;
  readonly bytes: number;
  /** Null where the hub does not say. */
  readonly identity: Identity | null;
}

const mostPages = 100;

export async function findCommit(hub: Hub): Promise<string> {
  const { name } = hub;
  const revision = encodeURIComponent(name.revision);
  const url = hub.address(`api/models/${repoOf(name)}/revision/${revision}`);
  const fields = read(`${url.host} on ${repoOf(name)}`, (await hub.page(url)).json);
  return fields.text('sha', /^([0-9a-f]{40}|[0-9a-f]{64})$/, 'a commit');
}

/** Those of the top folder, by name. */
export async function listFiles(hub: Hub, commit: string): Promise<ReadonlyMap<string, HubFile>> {
  const files = new Map<string, HubFile>();
  const { name } = hub;
  let url: URL | null = hub.address(`api/models/${repoOf(name)}/tree/${commit}?recursive=false`);
  for (let pages = 1; url !== null; pages++) {
    if (pages > mostPages) throw misbehaved(`${repoOf(name)} has more than ${mostPages} pages`);
    const { json, next } = await hub.page(url);
    if (!Array.isArray(json)) throw misbehaved(`${url.pathname} is no list of files`);
    for (const [at, entry] of json.entries()) {
      const fields = read(`${url.pathname}[${at}]`, entry);
      if (fields.text('type', /^\w{1,20}$/, 'a kind') !== 'file') continue;
      const file = readFile(fields);
      files.set(file.name, file);
    }
    url = next;
  }
  return files;
}

function readFile(fields: Fields): HubFile {
  const name = fields.text('path', /^[^\0]{1,1024}$/s, 'a file name');
  const size = { least: 0, most: Number.MAX_SAFE_INTEGER };
  if (!fields.has('lfs')) {
    const bytes = fields.wholeNumber('size', size);
    if (!fields.has('oid')) return { name, bytes, identity: null };
    const digest = fields.text('oid', /^([0-9a-f]{40}|[0-9a-f]{64})$/, 'a hash');
    // A repository of git's newer kind hashes with SHA-256, and not what stands in the file alone.
    const identity = digest.length === 40 ? ({ algorithm: 'git', digest } as const) : null;
    return { name, bytes, identity };
  }
  const lfs = fields.object('lfs');
  const digest = lfs.text('oid', /^[0-9a-f]{64}$/, 'a SHA-256');
  return { name, bytes: lfs.wholeNumber('size', size), identity: { algorithm: 'sha256', digest } };
}

function read(where: string, json: unknown): Fields {
  return new Fields(where, json, misbehaved);
}

function misbehaved(message: string): HubError {
  return new HubError('misbehaved', message);
}
