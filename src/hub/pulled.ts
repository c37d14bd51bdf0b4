// The models that were pulled, as they lie in the cache folder:
//
//   models/<owner>--<repo>/<commit>/            the files, and kvasir-pull.json, which introduces them
//   models/<owner>--<repo>/refs/<revision>      the commit that this revision was when it was pulled
//   models/<owner>--<repo>/.<commit>.partial-…  a pull that is not finished (staging.ts)

import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { Fields } from '../../models/fields.ts';
import { HubError } from './errors.ts';
import { defaultRevision, type ModelName } from './model-name.ts';

export const pulledFile = 'kvasir-pull.json';
const pulledFormat = 'kvasir-pull';

export interface PulledFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What is written beside a pulled model's files. */
export interface PullManifest {
  readonly format: typeof pulledFormat;
  readonly endpoint: string;
  /** `owner/repo`. */
  readonly repo: string;
  readonly commit: string;
  readonly files: readonly PulledFile[];
}

export interface PulledModel extends PullManifest {
  readonly folder: string;
  /** Those that stand for this commit here. */
  readonly revisions: readonly string[];
}

export function modelsFolder(cacheDirectory: string): string {
  return path.join(cacheDirectory, 'models');
}

export function modelFolder(cacheDirectory: string, name: ModelName): string {
  return path.join(modelsFolder(cacheDirectory), repoFolderName(name));
}

export function repoFolderName({ owner, repo }: ModelName): string {
  return `${owner}--${repo}`;
}

export function pullManifest(content: Omit<PullManifest, 'format'>): PullManifest {
  return { format: pulledFormat, ...content };
}

export function totalBytes(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Notes that a revision is this commit. */
export function noteRevision(parent: string, revision: string, commit: string): void {
  const refs = path.join(parent, 'refs');
  mkdirSync(refs, { recursive: true });
  const scratch = path.join(refs, `.${randomBytes(6).toString('hex')}`);
  writeFileSync(scratch, `${commit}\n`);
  renameSync(scratch, path.join(refs, encodeURIComponent(revision)));
}

/** No revision is that commit any more; what is empty then goes, too. */
export function forgetRevisions(parent: string, commit: string): void {
  const refs = path.join(parent, 'refs');
  for (const found of readRevisions(refs)) {
    if (found.commit === commit) rmSync(path.join(refs, encodeURIComponent(found.revision)));
  }
  for (const folder of [refs, parent]) {
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
  }
}

/** The pulled model that a name stands for: by revision, or by commit, of which 7 digits will do. */
export function findPulled(cacheDirectory: string, name: ModelName): PulledModel | null {
  const models = pulledOf(modelFolder(cacheDirectory, name));
  const { revision } = name;
  const byRevision = models.find(({ revisions }) => revisions.includes(revision));
  if (byRevision !== undefined) return byRevision;
  if (!/^[0-9a-f]{7,64}$/.test(revision)) return null;
  const byCommit = models.filter(({ commit }) => commit.startsWith(revision));
  return byCommit.length === 1 ? byCommit[0]! : null;
}

/** All that are whole. */
export function allPulled(cacheDirectory: string): readonly PulledModel[] {
  const parent = modelsFolder(cacheDirectory);
  return foldersIn(parent).flatMap((name) => pulledOf(path.join(parent, name)));
}

export function pulledName({ repo, revisions, commit }: PulledModel): string {
  if (revisions.includes(defaultRevision)) return repo;
  return `${repo}@${revisions[0] ?? commit.slice(0, 12)}`;
}

function pulledOf(parent: string): readonly PulledModel[] {
  const revisions = readRevisions(path.join(parent, 'refs'));
  return foldersIn(parent).flatMap((commit) => {
    const folder = path.join(parent, commit);
    if (!/^[0-9a-f]{40,64}$/.test(commit) || !existsSync(path.join(folder, pulledFile))) return [];
    const own = revisions.filter((each) => each.commit === commit).map(({ revision }) => revision);
    return [{ ...readManifest(folder), folder, revisions: own }];
  });
}

function readRevisions(refs: string): { revision: string; commit: string }[] {
  const names = existsSync(refs) ? readdirSync(refs).filter((name) => !name.startsWith('.')) : [];
  return names.map((name) => ({
    revision: decodeURIComponent(name),
    commit: readFileSync(path.join(refs, name), 'utf8').trim(),
  }));
}

function readManifest(folder: string): PullManifest {
  const file = path.join(folder, pulledFile);
  const fields = new Fields(file, readJson(file), corrupt);
  return {
    format: fields.oneOf('format', [pulledFormat]),
    endpoint: fields.text('endpoint', /^https?:\/\//, 'an address'),
    repo: fields.text('repo', /^[\w.-]+\/[\w.-]+$/, 'owner/repo'),
    commit: fields.text('commit', /^[0-9a-f]{40,64}$/, 'a commit'),
    files: fields.objects('files').map((each) => ({
      name: each.text('name', /^\w[\w.-]*$/, 'a file name'),
      bytes: each.wholeNumber('bytes', { least: 0, most: Number.MAX_SAFE_INTEGER }),
      sha256: each.text('sha256', /^[0-9a-f]{64}$/, '64 hexadecimal digits'),
    })),
  };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw corrupt(`${file}: ${(error as Error).message}`);
  }
}

function foldersIn(parent: string): readonly string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
}

function corrupt(message: string): HubError {
  return new HubError('corrupt', `${message}; remove that folder and pull again`);
}
