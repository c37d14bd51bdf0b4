// A checkpoint cut into several files, and an index that says which tensor lies in which: read as if
// it were one file. Index and files have to agree exactly.
// https://huggingface.co/docs/transformers/big_models#sharded-checkpoint-index

import { basename, dirname, join } from 'node:path';
import { CheckpointError } from '../../models/errors.ts';
import { shown } from '../../models/fields.ts';
import { SourceFile } from './source-file.ts';
import type { TensorFile } from './tensor-file.ts';

/** An index of GPT-2's largest is 50 kB. */
const largestIndex = 2 ** 24;

/** Of files in the index's own folder: no path leads out of it. */
const plainName = /^\w[\w.-]*$/;

/** `openShard` is given the path of one file. Throws `CheckpointError`, with nothing left open. */
export function openSharded(
  indexPath: string,
  openShard: (path: string) => TensorFile,
): TensorFile {
  const shardOf = readIndex(indexPath); // tensor -> file
  const shards = new Map<string, TensorFile>(); // by file
  const close = () => {
    for (const shard of shards.values()) shard.close();
    shards.clear();
  };
  try {
    const shapes = new Map<string, readonly number[]>();
    for (const file of new Set(shardOf.values())) {
      const shard = openShard(join(dirname(indexPath), file));
      shards.set(file, shard);
      for (const [name, shape] of shard.shapes) {
        const expected = shardOf.get(name);
        if (expected !== file) {
          const where = expected === undefined ? 'does not know it' : `says ${expected}`;
          throw new CheckpointError(`${file} holds ${name}: ${basename(indexPath)} ${where}`);
        }
        shapes.set(name, shape);
      }
    }
    for (const [name, file] of shardOf) {
      if (!shapes.has(name)) {
        throw new CheckpointError(`${file} holds no ${name}: ${basename(indexPath)} says it does`);
      }
    }
    return { shapes, read: (name) => shards.get(shardOf.get(name)!)!.read(name), close };
  } catch (error) {
    close();
    throw error;
  }
}

function readIndex(path: string): ReadonlyMap<string, string> {
  const file = SourceFile.open(path);
  try {
    if (file.bytes > largestIndex) {
      throw file.broken(`an index of ${file.bytes} bytes is beyond ${largestIndex}`);
    }
    const entries = Object.entries(weightMap(file));
    if (entries.length === 0) throw file.broken('its weight_map is empty');
    for (const [name, shard] of entries) {
      if (typeof shard === 'string' && plainName.test(shard)) continue;
      throw file.broken(`${name} must be in a file of this folder, is in ${shown(shard)}`);
    }
    return new Map(entries as [string, string][]);
  } finally {
    file.close();
  }
}

function weightMap(file: SourceFile): object {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(file.read(0, file.bytes)));
  } catch {
    throw file.broken('it is not JSON');
  }
  const map = Object(json).weight_map;
  if (typeof map === 'object' && map !== null && !Array.isArray(map)) return map;
  throw file.broken('it has no weight_map from tensors to files');
}
