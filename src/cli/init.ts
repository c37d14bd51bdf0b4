// `kvasir init`: a checkpoint with random weights, for load tests where no real ones can be had.

import { initCheckpoint } from '../../export/init.ts';
import type { InitSettings } from '../config.ts';
import { Progress } from './progress.ts';

export async function runInit({ size, seed, outDirectory }: InitSettings): Promise<void> {
  const progress = new Progress();
  try {
    await initCheckpoint({
      size,
      seed,
      outputDirectory: outDirectory,
      onProgress: ({ done, total }) => progress.update('writing', done, total),
    });
  } finally {
    progress.end();
  }
  console.log(`${outDirectory}: GPT-2 ${size} with random weights of seed ${seed}`);
}
