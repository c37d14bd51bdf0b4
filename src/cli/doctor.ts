// `kvasir doctor`: what this machine can do, found out part by part and told as it is found. What fails says
// why; what does not need it goes on.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { thisBuild } from '../build.ts';
import type { DoctorSettings } from '../config.ts';
import { type CudaParts, checkCudaParts } from '../doctor/cuda-parts.ts';
import { Findings } from '../doctor/findings.ts';
import { cudaSettings, requireUsable } from './device.ts';
import { checkCpu } from './doctor-cpu.ts';
import { checkCudaModels } from './doctor-cuda.ts';
import { requireWritableFile, requireWritableFolder } from './writable.ts';

/** False where something is not as it should be. */
export async function runDoctor(settings: DoctorSettings): Promise<boolean> {
  requireWritableFolder('--scratch', settings.scratchDirectory);
  if (settings.outFile !== '') requireWritableFile('--out', settings.outFile);
  const findings = new Findings({
    say: (line) => console.log(line),
    keep: keeper(settings.outFile),
    now: () => performance.now(),
    limitMs: settings.minutes * 60_000,
  });
  introduce(findings, settings);
  const scratch = mkdtempSync(path.join(settings.scratchDirectory, 'kvasir-doctor-'));
  const sweepUp = () => rmSync(scratch, { recursive: true, force: true });
  process.once('exit', sweepUp);
  try {
    const parts = settings.device === 'cpu' ? null : await lookForCuda(findings, settings);
    if (parts !== null) await checkCudaModels(findings, settings, parts, scratch);
    else if (settings.device !== 'cuda') await checkCpu(findings, settings, scratch);
  } finally {
    process.off('exit', sweepUp);
    sweepUp();
  }
  findings.conclude();
  return findings.isAllGood;
}

function introduce(findings: Findings, { size, device }: DoctorSettings): void {
  const build = thisBuild();
  const processor = os.cpus()[0]?.model ?? 'an unknown processor';
  const machine = {
    platform: `${process.platform} ${process.arch}`,
    processor,
    processorCount: os.availableParallelism(),
    memoryBytes: os.totalmem(),
  };
  findings.note('about', { date: new Date().toISOString(), build, machine, size, device });
  findings.say(
    `kvasir ${build.version}, Node ${build.node}, ONNX Runtime ${build.onnxRuntime}, ` +
      `${machine.platform}, ${machine.processorCount} x ${processor}`,
  );
}

/** Where it only may be there, what is missing is no fault. */
async function lookForCuda(
  findings: Findings,
  settings: DoctorSettings,
): Promise<CudaParts | null> {
  findings.toleratesFaults = settings.device === 'auto';
  try {
    return await checkCudaParts(findings, cudaSettings(settings), requireUsable);
  } finally {
    findings.toleratesFaults = false;
  }
}

/** What is cut short by a crash or a time limit is there all the same. */
function keeper(file: string): (contents: object) => void {
  if (file === '') return () => {};
  return (contents) => writeFileSync(file, `${JSON.stringify(contents, null, 2)}\n`);
}
