// How fast steps are: decode steps over the number of rows and of tokens before them, and prompts.

import type { Gpt2Config } from '../../models/gpt2/config.ts';
import type { Model } from '../model/model.ts';
import { HandSteps, madeUpIds } from './hand-steps.ts';

export interface DecodeShape {
  readonly batch: number;
  readonly past: number;
}

export interface PromptShape {
  readonly prompts: number;
  readonly tokens: number;
  /** Whether each token is asked about, or the last alone. */
  readonly isScored: boolean;
}

export interface Timing {
  /** The middle one of all. */
  readonly ms: number;
  readonly leastMs: number;
  readonly mostMs: number;
  /** Of the first, which may allocate, choose kernels or capture. */
  readonly firstMs: number;
  readonly rounds: number;
}

export interface Patience {
  readonly rounds: number;
  /** Of all rounds together, past which no further one is begun. */
  readonly mostMs: number;
  /** Rounds before those that count. */
  readonly warmUps: number;
}

export function time(run: () => void, now: () => number, patience: Patience): Timing {
  const once = () => {
    const begun = now();
    run();
    return now() - begun;
  };
  const begun = now();
  const firstMs = once();
  for (let round = 1; round < patience.warmUps && now() - begun < patience.mostMs; round++) once();
  const started = now();
  const times = [once()];
  while (times.length < patience.rounds && now() - started < patience.mostMs) times.push(once());
  times.sort((a, b) => a - b);
  return {
    ms: times[times.length >> 1]!,
    leastMs: times[0]!,
    mostMs: times.at(-1)!,
    firstMs,
    rounds: times.length,
  };
}

/** Whole steps: inputs in, scores of the candidates and normalizers out. Writes to the same places. */
export function timeDecode(
  model: Pick<Model, 'run'>,
  { vocabularySize }: Gpt2Config,
  { batch, past }: DecodeShape,
  now: () => number,
  patience: Patience,
): Timing {
  const steps = new HandSteps(model);
  // Real keys and values, the same in each row.
  steps.prompt(0, madeUpIds(past, vocabularySize));
  const tokens = [...madeUpIds(batch, vocabularySize, 7)];
  const lengths = new Array<number>(batch).fill(past);
  const copies = Array.from({ length: batch - 1 }, (_, index) => {
    return { fromRow: 0, toRow: index + 1, tokenCount: past };
  });
  steps.decode(0, tokens, lengths, copies);
  const plan = steps.decodePlan(0, tokens, lengths);
  return time(() => steps.run(plan), now, patience);
}

export function timePrompts(
  model: Pick<Model, 'run'>,
  { vocabularySize }: Gpt2Config,
  { prompts, tokens, isScored }: PromptShape,
  now: () => number,
  patience: Patience,
): Timing {
  const steps = new HandSteps(model);
  const ids = Array.from({ length: prompts }, (_, index) => {
    return madeUpIds(tokens, vocabularySize, index + 1);
  });
  const run = () => {
    if (prompts === 1) steps.prompt(0, ids[0]!, 0, isScored);
    else steps.prompts(0, ids);
  };
  return time(run, now, patience);
}

/**
 * What a decode step reads at least: every weight that it multiplies with, once, and every cached key and
 * value of its rows, once.
 */
export function decodeBytes(
  { layerCount, width, innerWidth, vocabularySize }: Gpt2Config,
  bytesPerNumber: number,
  { batch, past }: DecodeShape,
): number {
  const blocks = layerCount * (4 * width * width + 2 * width * innerWidth);
  const head = width * vocabularySize;
  const cached = batch * (past + 1) * 2 * layerCount * width;
  return (blocks + head + cached) * bytesPerNumber;
}
