// The library in a program of its own: what is left of it when something goes wrong.

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { exportedStoryteller } from '../support/storyteller.ts';

const library = path.resolve(import.meta.dirname, '../../dist/src/index.js');

test.each([
  ['a server', 'createServer(options)'],
  ['a part of an app', "fastify().register(kvasir, { prefix: '/llm', ...options })"],
])(
  'a program ends whose options are wrong for %s, though its model was loaded',
  async (_, make) => {
    const options = { model: await exportedStoryteller(), kvMemory: '64MiB', chatTemplate: 'none' };
    const code = `
    import fastify from 'fastify';
    import { createServer, kvasir } from ${JSON.stringify(library)};
    const options = ${JSON.stringify(options)};
    await ${make}.then(() => console.log('ready'), (error) => console.log(error.message));`;
    const words = ['--input-type=module', '--eval', code];
    const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: 20_000 });
    expect(stdout).toMatch(/none is not there/);
  },
);
