// The doctor's models over blocks on a CUDA device: what they compute, and how fast beside those over rows.

import { signatureSizes } from '../../models/manifest.ts';
import type { DoctorSettings } from '../config.ts';
import { openPagedOnDevice } from '../doctor/device-models.ts';
import type { Findings } from '../doctor/findings.ts';
import { checkPagedNumerics } from '../doctor/paged-numerics.ts';
import type { PagedPlace } from '../doctor/paged-steps.ts';
import { timedBlocks } from '../doctor/speed.ts';
import type { CudaPagedModel } from '../model/paged/cuda-paged-model.ts';
import { pagedSizes } from '../model/paged/pool-memory.ts';
import { cudaSettings } from './device.ts';
import { openReference } from './doctor-cpu.ts';
import { builtInArtifact, randomArtifact, sampleIds } from './doctor-models.ts';
import { type DecodeTimes, type Timed, timeModel } from './doctor-speed.ts';

/** The built-in model, against the processors. */
export async function checkBlocks(
  findings: Findings,
  settings: DoctorSettings,
  scratch: string,
): Promise<void> {
  const artifacts = await findings.check('the built-in model over blocks', scratch, async () => {
    const paged = await builtInArtifact(scratch, 'fp16', 'paged');
    const fp32 = await builtInArtifact(scratch, 'fp32');
    return { isGood: true, said: 'exported with --kv-layout paged', value: { paged, fp32 } };
  });
  const options = { mostSequences: 16, stepTokens: 600 };
  const device = await findings.check('blocks: its graph on the device', artifacts, ({ paged }) =>
    openPagedOnDevice(paged, cudaSettings(settings), options),
  );
  const reference = await findings.check('blocks: the reference', artifacts, ({ fp32 }) =>
    openReference(fp32, settings.threads),
  );
  const subjects =
    device && reference && artifacts
      ? {
          device: placeOf(device),
          reference: reference.model,
          ids: sampleIds(artifacts.paged),
        }
      : null;
  await checkPagedNumerics(findings, subjects);
  for (const model of [device, reference]) model?.dispose();
}

/** The steps that were timed over rows, with those times beside them. */
export async function checkBlockSpeed(
  findings: Findings,
  settings: DoctorSettings,
  timed: Timed,
  rowTimes: DecodeTimes | null,
  scratch: string,
): Promise<void> {
  const { size } = settings;
  const options = { mostSequences: Math.max(...timed.batches), stepTokens: 4096 };
  const artifact = await randomArtifact(findings, scratch, size, 'fp16', 'paged');
  const opened = await findings.check(`${size} over blocks on the device`, artifact, (folder) =>
    openPagedOnDevice(folder, cudaSettings(settings), options),
  );
  if (opened === null) return;
  const { manifest } = opened;
  const model = timedBlocks(placeOf(opened), manifest.config);
  const beside = { name: 'rows', times: rowTimes };
  await timeModel(findings, 'blocks', { model, manifest, bytesPerNumber: 2 }, timed, beside);
  opened.dispose();
}

function placeOf({ model, plan, manifest }: CudaPagedModel): PagedPlace {
  const { blockSize, contextLength } = pagedSizes(signatureSizes(manifest));
  return { model, blockCount: plan.unitCount, blockSize, contextLength };
}
