// The model that is measured: a checkpoint, made with random weights where none is named.

import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseConfig } from '../models/gpt2/config.ts';
import { flag } from './flags.ts';
import { command } from './server.ts';
import type { BenchModel } from './systems/system.ts';

export const sizeFlag = flag('SIZE', '124M', 'random weights of a published shape');
export const cacheFlag = flag(
  'FOLDER',
  path.join(os.tmpdir(), 'kvasir-bench'),
  'keeps checkpoints and what is made of them',
);

/** `model` is a folder with a checkpoint, the built-in model's name, or empty. */
export async function findModel(model: string, size: string, cache: string): Promise<BenchModel> {
  const checkpoint = await findCheckpoint(model, size, cache);
  const config = parseConfig(
    JSON.parse(readFileSync(path.join(checkpoint, 'config.json'), 'utf8')),
  );
  return { checkpoint, name: path.basename(checkpoint), config, cache };
}

async function findCheckpoint(model: string, size: string, cache: string): Promise<string> {
  if (model === 'storyteller') return path.resolve('models/storyteller');
  if (model !== '') return path.resolve(model);
  const checkpoint = path.join(cache, `gpt2-${size}`);
  if (!existsSync(checkpoint)) {
    await command('init', '--size', size, '--seed', '1', '--out', checkpoint);
  }
  return checkpoint;
}
