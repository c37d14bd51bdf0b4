// The built-in model, exported for a suite, and what an independent implementation says it answers.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { exportCheckpoint } from '../../export/export.ts';
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

export async function exportedStoryteller(): Promise<string> {
  const artifact = path.join(temporaryFolder(), 'storyteller');
  await exportCheckpoint({
    checkpointDirectory: path.resolve('models/storyteller'),
    outputDirectory: artifact,
  });
  return artifact;
}
