// The package as its users have it: built from nothing, packed by npm, and unpacked into the
// node_modules of a project beside the packages that it depends on and no others. No registry is asked:
// those are links to what is installed here.

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

export interface PackedFile {
  readonly path: string;
  readonly size: number;
}

export interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly PackedFile[];
}

/** All that the build and npm read. */
const sources = [
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json', 'README.md', 'LICENSE'],
  ...['bench', 'client', 'export', 'models', 'src'],
];

/** Builds what there is in an empty folder: nothing is left there of what was built before. */
export function buildIn(folder: string): void {
  for (const name of sources) {
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  npm(folder, 'run', 'build');
}

/** `npm pack`, with these flags, of what was built there. */
export function pack(folder: string, ...flags: string[]): Packed {
  return JSON.parse(npm(folder, 'pack', '--json', ...flags))[0];
}

function npm(folder: string, ...words: string[]): string {
  return execFileSync('npm', words, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Makes a project in this folder that has the package installed, as it was built in the other. */
export function installInto(folder: string, built: string): void {
  const modules = path.join(folder, 'node_modules');
  const home = path.join(modules, 'kvasir');
  mkdirSync(path.join(modules, '.bin'), { recursive: true });
  mkdirSync(home);
  const { filename } = pack(built, '--pack-destination', folder);
  const tarball = path.join(folder, filename);
  execFileSync('tar', ['--extract', '--gzip', '--strip-components=1', '--file', tarball], {
    cwd: home,
  });
  for (const name of packagesForUsers()) link(modules, name);
  // As npm does it.
  const { bin } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
  for (const [name, file] of Object.entries<string>(bin)) {
    chmodSync(path.join(home, file), 0o755);
    symlinkSync(path.join('../kvasir', file), path.join(modules, '.bin', name));
  }
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
}

/** Links packages of this project's development that the users of an example would install. */
export function alsoInstall(folder: string, ...names: readonly string[]): void {
  for (const name of names) link(path.join(folder, 'node_modules'), name);
}

/** Those that are not only for development. */
function packagesForUsers(): string[] {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  return Object.entries<{ dev?: boolean; optional?: boolean }>(packages)
    .filter(([place, { dev }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(place) && dev !== true)
    .map(([place]) => place.slice('node_modules/'.length));
}

function link(modules: string, name: string): void {
  const place = path.join(modules, name);
  mkdirSync(path.dirname(place), { recursive: true });
  symlinkSync(path.join(root, 'node_modules', name), place);
}
