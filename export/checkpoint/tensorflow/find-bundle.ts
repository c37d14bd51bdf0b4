// Which of a folder's TensorFlow checkpoints is meant: training keeps several, and a file called
// `checkpoint` says which is the latest (`model_checkpoint_path: "model-1000"`).

import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

const pointer = 'checkpoint';
const published = 'model.ckpt.index';

/** It is some lines; a folder or a file of weights may have that name, too. */
const largestPointer = 2 ** 16;

/** The name of the index, if there is one. */
export function findBundle(files: readonly string[], directory: string): string | undefined {
  const latest = files.includes(pointer) ? latestIndex(join(directory, pointer)) : undefined;
  return [latest, published].find((file) => file !== undefined && files.includes(file));
}

/** The path was right on the machine that trained; only its last part can be here, too. */
function latestIndex(path: string): string | undefined {
  const stat = statSync(path);
  if (!stat.isFile() || stat.size > largestPointer) return undefined;
  const match = /^model_checkpoint_path: "([^"\n]+)"$/m.exec(readFileSync(path, 'utf8'));
  return match === null ? undefined : `${basename(match[1]!)}.index`;
}
