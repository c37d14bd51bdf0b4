// A new checkpoint with random weights, as GPT-2's training starts: normal with deviation 0.02, 0.01
// for positions; projections back into the residual stream scaled by 1/sqrt(2 · layers), since that
// many of them add up (Radford et al., 2019, section 2.3); biases 0, norms 1.
// The same seed gives the same file.

import { join } from 'node:path';
import {
  configJson,
  type Gpt2Config,
  type PublishedSize,
  publishedSizes,
} from '../models/gpt2/config.ts';
import { elementCount, weightShapes } from '../models/gpt2/weights.ts';
import { configFile, weightsFile } from './checkpoint/checkpoint.ts';
import { encodeHeader } from './checkpoint/safetensors-header.ts';
import { createFolder } from './folder.ts';
import { encodeJson, writeNewFile } from './new-file.ts';
import type { OnProgress } from './progress.ts';
import { fillNormal, type NextWord, randomWords } from './random.ts';

export type InitOptions = ({ readonly size: PublishedSize } | { readonly config: Gpt2Config }) & {
  /** A whole number; its lowest 32 bits count. */
  readonly seed: number;
  /** Must not exist, or be empty. */
  readonly outputDirectory: string;
  readonly onProgress?: OnProgress;
};

/** Numbers made and written at a time. */
const blockSize = 2 ** 18;

export async function initCheckpoint(options: InitOptions): Promise<void> {
  const config = 'config' in options ? options.config : publishedSizes[options.size];
  const { seed, outputDirectory, onProgress = () => {} } = options;
  const shapes = weightShapes(config);
  const total = [...shapes.values()].reduce((sum, shape) => sum + 4 * elementCount(shape), 0);

  await createFolder(outputDirectory, { replaceIfHolds: null }, async (folder) => {
    await writeNewFile(join(folder, weightsFile), async (file) => {
      await file.append(encodeHeader(shapes));
      const start = file.bytes;
      let stream = 0;
      for (const [name, shape] of shapes) {
        const fill = filler(name, config, randomWords(seed, stream++));
        for (let left = elementCount(shape); left > 0; left -= blockSize) {
          const block = new Float32Array(Math.min(left, blockSize));
          fill(block);
          await file.append(new Uint8Array(block.buffer));
          onProgress({ stage: 'write', done: file.bytes - start, total });
        }
      }
    });
    await writeNewFile(join(folder, configFile), (file) =>
      file.append(encodeJson(configJson(config))),
    );
  });
}

type Fill = (block: Float32Array) => void;

function filler(name: string, config: Gpt2Config, next: NextWord): Fill {
  const constant = constantOf(name);
  if (constant !== null) return (block) => block.fill(constant);
  const deviation = deviationOf(name, config);
  return (block) => fillNormal(block, deviation, next);
}

/** What every number of a bias or a norm is; null for a matrix. */
export function constantOf(name: string): number | null {
  if (name.endsWith('.bias')) return 0;
  return /ln_(1|2|f)\.weight$/.test(name) ? 1 : null;
}

/** Of a matrix's numbers. */
export function deviationOf(name: string, config: Gpt2Config): number {
  if (name === 'wpe.weight') return 0.01;
  return name.endsWith('.c_proj.weight') ? 0.02 / Math.sqrt(2 * config.layerCount) : 0.02;
}
