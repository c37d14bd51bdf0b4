// The TypeScript of the documentation, type-checked all at once, as modules of a project that has Kvasir
// among its dependencies.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Block } from './markdown.ts';
import { project } from './markdown.ts';
import { addressed, type World } from './world.ts';

export class Programs {
  readonly #folder: string;
  readonly #errors: string;

  private constructor(folder: string, errors: string) {
    this.#folder = folder;
    this.#errors = errors;
  }

  static async compile(blocks: readonly Block[], world: World): Promise<Programs> {
    const folder = path.join(world.folder, 'programs');
    mkdirSync(folder);
    for (const block of blocks) {
      writeFileSync(path.join(folder, `${nameOf(block)}.ts`), block.text);
    }
    writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}');
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const tsc = path.join(project, 'node_modules/.bin/tsc');
    const { stdout } = await world.run('programs', tsc, ['--project', folder]);
    return new Programs(folder, stdout);
  }

  /** What to run where it asks the server at `url`. Throws what the compiler says of this block. */
  fileOf(block: Block, url: URL): string {
    const name = nameOf(block);
    const errors = this.#errors.split('\n').filter((line) => line.includes(`${name}.ts(`));
    if (errors.length > 0) throw new Error(errors.join('\n'));
    const file = path.join(this.#folder, `${name}.js`);
    writeFileSync(file, addressed(readFileSync(file, 'utf8'), url));
    return file;
  }
}

function nameOf({ page, line }: Block): string {
  return `${page.replaceAll(/[/.]/g, '-')}-${line}`;
}

const compilerOptions = {
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  noUncheckedIndexedAccess: true,
};
