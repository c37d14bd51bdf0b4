// `kvasir export`: checkpoint -> artifact, shown as it goes.

import { exportCheckpoint } from '../../export/export.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { ExportSettings } from '../config.ts';
import { Progress } from './progress.ts';

export async function runExport(settings: ExportSettings): Promise<void> {
  const { checkpointDirectory, outDirectory } = settings;
  const manifest = await exportWithProgress(checkpointDirectory, outDirectory);
  console.log(describe(manifest, outDirectory));
}

/** Replaces an artifact that stands there, and nothing else. */
export async function exportWithProgress(checkpoint: string, artifact: string): Promise<Manifest> {
  const progress = new Progress();
  try {
    return await exportCheckpoint({
      checkpointDirectory: checkpoint,
      outputDirectory: artifact,
      replace: true,
      onProgress: ({ stage, done, total }) => progress.update(titles[stage], done, total),
    });
  } finally {
    progress.end();
  }
}

const titles = { write: 'exporting', verify: 'verifying' } as const;

function describe(manifest: Manifest, directory: string): string {
  const megabytes = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const parameters = (manifest.parameterCount / 1e6).toFixed(1);
  return `${directory}: ${parameters} M parameters in ${manifest.precision}, ${megabytes.toFixed(0)} MB`;
}
