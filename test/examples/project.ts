// A project of somebody who installed the package and copied the examples: compiled once as its users
// compile, with a cache folder of its own.

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { alsoInstall, buildIn, installInto } from '../support/installed-package.ts';

const root = path.resolve(import.meta.dirname, '../..');
const compiler = path.join(root, 'node_modules/.bin/tsc');

export interface Project {
  readonly folder: string;
  /** Of programs that run in it. */
  readonly environment: NodeJS.ProcessEnv;
  /** A compiled example. */
  file(name: string): string;
}

/** The compilers' settings that people have: those of Node's own modules, and those of bundlers. */
export const compilations = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom'] },
} as const;

/** `building`: another empty folder. */
export function makeProject(folder: string, building: string): Project {
  buildIn(building);
  installInto(folder, building);
  alsoInstall(folder, '@types/node');
  cpSync(path.join(root, 'examples'), folder, { recursive: true });
  const environment = { ...process.env, XDG_CACHE_HOME: path.join(folder, 'cache') };
  return { folder, environment, file: (name) => path.join(folder, 'compiled', name) };
}

/** What the compiler has to say; nothing where all is well. */
export async function compile(
  { folder }: Project,
  kind: keyof typeof compilations,
  further: object = {},
): Promise<string> {
  const name = `tsconfig.${kind}.json`;
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023'],
    types: ['node'],
    rootDir: '.',
    outDir: 'compiled',
    strict: true,
    exactOptionalPropertyTypes: true,
    noPropertyAccessFromIndexSignature: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    ...compilations[kind],
    ...further,
  };
  const include = ['*.ts', 'next-route/*.ts'];
  writeFileSync(path.join(folder, name), JSON.stringify({ compilerOptions, include }));
  mkdirSync(path.join(folder, 'compiled'), { recursive: true });
  const run = promisify(execFile)(compiler, ['--project', name], { cwd: folder });
  return await run.then(
    ({ stdout }) => stdout,
    ({ stdout }) => stdout,
  );
}
