// The built-in model, exported for a suite, and what an independent implementation says it answers.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type EncodeSample, type ExportOptions, exportCheckpoint } from '../../export/export.ts';
import { readManifest } from '../../src/model/artifact.ts';
import { ArtifactRunner } from '../../src/model/artifact-runner.ts';
import { openTokenizer } from '../../src/model/artifact-tokenizer.ts';
import { temporaryFolder } from './folders.ts';

export interface OraclePrompt {
  readonly ids: readonly number[];
  readonly log_sum_exp: readonly number[]; // [positions]
  readonly top_ids: readonly (readonly number[])[]; // [positions, 5]
  readonly top_logits: readonly (readonly number[])[]; // [positions, 5]
  readonly last_logits: readonly number[]; // [vocabulary]
  readonly greedy_ids: readonly number[];
  readonly greedy_gaps: readonly number[];
}

export interface Oracle {
  readonly prompts: readonly OraclePrompt[];
  readonly long: Omit<OraclePrompt, 'last_logits'>;
  /** Scored in windows of 512. */
  readonly text: { readonly ids: readonly number[]; readonly mean_nll: number };
}

export const oracle: Oracle = JSON.parse(
  readFileSync(new URL('../fixtures/storyteller.json', import.meta.url), 'utf8'),
);

/** Under this gap between first and second place rounding may decide. */
export const smallestGap = 1e-3;

/** The greedy ids up to the first that rounding may decide. */
export function certainIds(prompt: Pick<OraclePrompt, 'greedy_ids' | 'greedy_gaps'>): number[] {
  const tie = prompt.greedy_gaps.findIndex((gap) => gap < smallestGap);
  return prompt.greedy_ids.slice(0, tie === -1 ? undefined : tie);
}

export type Formats = Required<Pick<ExportOptions, 'precision' | 'cachePrecision'>>;

export const formats = {
  fp32: { precision: 'fp32', cachePrecision: 'fp32' },
  fp16: { precision: 'fp16', cachePrecision: 'fp16' },
  int8: { precision: 'int8', cachePrecision: 'fp32' },
  int8Cache: { precision: 'fp32', cachePrecision: 'int8' },
  int8Both: { precision: 'int8', cachePrecision: 'int8' },
  int4: { precision: 'int4', cachePrecision: 'fp32' },
  int4Both: { precision: 'int4', cachePrecision: 'int8' },
} as const satisfies Record<string, Formats>;

/** With the scales of an int8 cache as `kvasir export` finds them. */
export async function exportedStoryteller(chosen: Formats = formats.fp32): Promise<string> {
  const artifact = path.join(temporaryFolder(), 'storyteller');
  await exportCheckpoint({
    checkpointDirectory: path.resolve('models/storyteller'),
    outputDirectory: artifact,
    ...chosen,
    ...(chosen.cachePrecision === 'int8' && { runWith: openArtifact, sampleWith: encodeSample }),
  });
  return artifact;
}

/** An artifact on the server's own runtime. */
export async function openArtifact(artifact: string) {
  const runner = new ArtifactRunner(artifact, 2);
  return {
    run: async (inputs: Parameters<ArtifactRunner['run']>[0]) => runner.run(inputs),
    close: async () => runner.dispose(),
  };
}

const encodeSample: EncodeSample = async (text, artifact) =>
  openTokenizer(artifact, readManifest(artifact)).encode(text);
