// The doctor's models on the processors.

import type { DoctorSettings } from '../config.ts';
import type { Findings, Result } from '../doctor/findings.ts';
import { timedRows } from '../doctor/speed.ts';
import { openSession, readManifest } from '../model/artifact.ts';
import { hostBackend } from '../model/backend.ts';
import { Model } from '../model/model.ts';
import { randomArtifact } from './doctor-models.ts';
import { onePrompt, timeModel } from './doctor-speed.ts';

const usualBatches = [1, 8, 32];

export interface HostModel {
  readonly model: Model;
  dispose(): void;
}

/** In fp32, with eight rows and steps of 512 tokens at most. */
export function openReference(artifact: string, threads: number): Result<HostModel> {
  const value = openOnHost(artifact, threads, 8, 512);
  return { isGood: true, said: `fp32, ${threads} threads`, value };
}

/** How fast steps are here; null of a GPU. */
export async function checkCpu(
  findings: Findings,
  settings: DoctorSettings,
  scratch: string,
): Promise<void> {
  const { size, threads } = settings;
  const batches = settings.batches.length > 0 ? settings.batches : usualBatches;
  const rowCount = Math.max(...batches);
  const artifact = await randomArtifact(findings, scratch, size, 'fp32');
  const opened = await findings.check(`${size} on the processors`, artifact, (folder) => {
    const value = openOnHost(folder, threads, rowCount, 512);
    return { isGood: true, said: `${threads} threads`, value };
  });
  if (artifact === null || opened === null) return;
  const manifest = readManifest(artifact);
  const model = timedRows(opened.model, manifest.config, rowCount);
  const subject = { model, manifest, bytesPerNumber: 4 };
  const timed = {
    size,
    batches,
    pasts: settings.pasts,
    prompts: onePrompt,
    bytesPerSecond: null,
    patience: { rounds: 20, mostMs: 4000, warmUps: 2 },
  };
  await timeModel(findings, 'cpu', subject, timed, { name: 'plain', times: null });
  opened.dispose();
}

function openOnHost(
  artifact: string,
  threads: number,
  rowCount: number,
  longestChunk: number,
): HostModel {
  const manifest = readManifest(artifact);
  const provider = { kind: 'cpu' } as const;
  const session = openSession(artifact, manifest, { provider, threads, configuration: {} });
  const limits = { rowCount, longestChunk, longestDraft: 0 };
  const model = new Model(hostBackend(session), manifest, limits);
  const dispose = () => {
    model.dispose();
    session.dispose();
  };
  return { model, dispose };
}
