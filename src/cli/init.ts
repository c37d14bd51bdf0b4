// `kvasir init`: a checkpoint with random weights, for load tests where no real ones can be had.

import { initCheckpoint } from '../../export/init.ts';
import type { InitSettings } from '../config.ts';
import { requireOutput } from './output-folder.ts';
import { Progress } from './progress.ts';
import { Stages, shownStage } from './stages.ts';

export async function runInit({ size, seed, outDirectory }: InitSettings): Promise<void> {
  await requireOutput('--out', outDirectory, null);
  const progress = new Progress();
  const stages = new Stages();
  let bytes = 0;
  try {
    stages.enter('write');
    await initCheckpoint({
      size,
      seed,
      outputDirectory: outDirectory,
      onProgress: ({ done, total }) => {
        bytes = total;
        progress.update('writing', done, total);
      },
    });
  } finally {
    progress.end();
  }
  console.log(`${outDirectory}: GPT-2 ${size} with random weights of seed ${seed}`);
  console.log(`written in ${shownStage(stages.end()[0]!, bytes)}`);
}
