// The doctor's models on a CUDA device: what they compute, and how fast.

import type { DoctorSettings } from '../config.ts';
import type { CudaParts } from '../doctor/cuda-parts.ts';
import { lookForCopies, openOnDevice } from '../doctor/device-models.ts';
import type { Findings } from '../doctor/findings.ts';
import { checkNumerics } from '../doctor/numerics.ts';
import { timedRows } from '../doctor/speed.ts';
import type { CudaModel } from '../model/cuda-model.ts';
import { cudaSettings } from './device.ts';
import { checkBlockSpeed, checkBlocks } from './doctor-blocks.ts';
import { openReference } from './doctor-cpu.ts';
import { builtInArtifact, randomArtifact, sampleIds } from './doctor-models.ts';
import { type DecodeTimes, onePrompt, type Timed, timeModel } from './doctor-speed.ts';

const usualBatches = [1, 8, 32, 128, 256];

export async function checkCudaModels(
  findings: Findings,
  settings: DoctorSettings,
  parts: CudaParts,
  scratch: string,
): Promise<void> {
  await checkBuiltIn(findings, settings, scratch);
  await checkBlocks(findings, settings, scratch);
  await checkSpeed(findings, settings, parts, scratch);
}

async function checkBuiltIn(
  findings: Findings,
  settings: DoctorSettings,
  scratch: string,
): Promise<void> {
  const cuda = cudaSettings(settings);
  const shape = { mostRows: 8, longestChunk: 512, longestDraft: 0 };
  const artifacts = await findings.check('the built-in model, exported', scratch, async () => {
    const fp16 = await builtInArtifact(scratch, 'fp16');
    const fp32 = await builtInArtifact(scratch, 'fp32');
    return { isGood: true, said: 'in fp16, and in fp32 to compare with', value: { fp16, fp32 } };
  });
  const device = await findings.check('its graph on the device', artifacts, ({ fp16 }) =>
    openOnDevice(fp16, cuda, shape),
  );
  await findings.check('copies between host and device inside the graph', artifacts, ({ fp16 }) =>
    lookForCopies(fp16, cuda, scratch),
  );
  const plain = await findings.check('the same without captured graphs', artifacts, ({ fp16 }) =>
    openOnDevice(fp16, { ...cuda, mostGraphs: 0 }, shape),
  );
  const reference = await findings.check('the reference on the processors', artifacts, (made) =>
    openReference(made.fp32, settings.threads),
  );
  const subjects =
    device && reference && artifacts
      ? {
          device: device.model,
          plain: plain?.model ?? null,
          reference: reference.model,
          ids: sampleIds(artifacts.fp16),
        }
      : null;
  await checkNumerics(findings, subjects);
  for (const model of [device, plain, reference]) model?.dispose();
}

async function checkSpeed(
  findings: Findings,
  settings: DoctorSettings,
  { bytesPerSecond }: CudaParts,
  scratch: string,
): Promise<void> {
  const { size } = settings;
  const cuda = cudaSettings(settings);
  const batches = settings.batches.length > 0 ? settings.batches : usualBatches;
  const shape = { mostRows: Math.max(...batches), longestChunk: 4096, longestDraft: 0 };
  const artifact = await randomArtifact(findings, scratch, size, 'fp16');
  const timed: Timed = {
    size,
    batches,
    pasts: settings.pasts,
    prompts: [
      ...onePrompt,
      { prompts: 8, tokens: 64, isScored: false },
      { prompts: 32, tokens: 64, isScored: false },
      { prompts: 8, tokens: 512, isScored: false },
      { prompts: 1, tokens: 512, isScored: true },
    ],
    bytesPerSecond,
    patience: { rounds: 40, mostMs: 1500, warmUps: 8 },
  };
  // One after the other: each takes all of the memory that it may.
  const open = async (name: string, mostGraphs: number) =>
    findings.check(name, artifact, (folder) =>
      openOnDevice(folder, { ...cuda, mostGraphs }, shape),
    );
  const plain = await open(`${size} on the device, nothing captured`, 0);
  const alone = { name: 'other', times: null };
  const plainTimes = plain && (await timeModel(findings, 'plain', subjectOf(plain), timed, alone));
  plain?.dispose();
  let capturedTimes: DecodeTimes | null = null;
  const captured = await open(`${size} on the device`, cuda.mostGraphs);
  if (captured !== null) {
    const beside = { name: 'plain', times: plainTimes };
    capturedTimes = await timeModel(findings, 'captured', subjectOf(captured), timed, beside);
    await findings.check('bytes between host and device', captured, stepTraffic);
  }
  captured?.dispose();
  await checkBlockSpeed(findings, settings, timed, capturedTimes, scratch);
}

function subjectOf({ model, plan, manifest }: CudaModel) {
  const timed = timedRows(model, manifest.config, plan.unitCount);
  return { model: timed, manifest, bytesPerNumber: 2 };
}

/** Of the step that was run last. */
function stepTraffic({ lanes, plan }: CudaModel) {
  const bytes = lanes.get('decode')!.stepBytes;
  const rows = lanes.get('decode')!.stepRows;
  const perRow = bytes / rows;
  const said =
    `${bytes.toLocaleString('en')} for a step of ${rows} rows, both ways together; ` +
    `the cache of ${(plan.cacheBytes / 1e9).toFixed(1)} GB stays where it is`;
  // Ids, scores and a few numbers for each row, each array begun at a multiple of 256 bytes.
  return {
    isGood: bytes < rows * 1024 + 16 * 256,
    said,
    figures: { bytes, rows, perRow },
    value: null,
  };
}
