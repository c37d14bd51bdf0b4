// How fast steps are: decode steps over the number of rows and of tokens before them, and prompts.

import type { Gpt2Config } from '../../models/gpt2/config.ts';
import type { Model } from '../model/model.ts';
import { HandSteps, madeUpIds } from './hand-steps.ts';
import { type PagedPlace, PagedSteps } from './paged-steps.ts';

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

/** A model whose steps can be timed; each makes one ready, to be run again and again. */
export interface TimedModel {
  /** Whole steps: inputs in, scores of the candidates and normalizers out. Throws where memory is short. */
  decode(shape: DecodeShape): () => void;
  prompts(shape: PromptShape): () => void;
}

/** Over rows; writes to the same places. */
export function timedRows(
  model: Pick<Model, 'run'>,
  { vocabularySize }: Gpt2Config,
  rowCount: number,
): TimedModel {
  const steps = new HandSteps(model);
  const requireRows = (count: number) => {
    if (count > rowCount) throw new Error(`memory is there for ${rowCount} rows`);
  };
  return {
    decode: ({ batch, past }) => {
      requireRows(batch);
      // Real keys and values, the same in each row.
      steps.prompt(0, madeUpIds(past, vocabularySize));
      const tokens = [...madeUpIds(batch, vocabularySize, 7)];
      const lengths = new Array<number>(batch).fill(past);
      const copies = Array.from({ length: batch - 1 }, (_, index) => {
        return { fromRow: 0, toRow: index + 1, tokenCount: past };
      });
      steps.decode(0, tokens, lengths, copies);
      const plan = steps.decodePlan(0, tokens, lengths);
      return () => steps.run(plan);
    },
    prompts: ({ prompts, tokens, isScored }) => {
      requireRows(prompts);
      const ids = promptsOf(prompts, tokens, vocabularySize);
      if (prompts === 1) return () => steps.prompt(0, ids[0]!, 0, isScored);
      return () => steps.prompts(0, ids);
    },
  };
}

/** Over blocks; the same, of which everything is packed. */
export function timedBlocks(place: PagedPlace, { vocabularySize }: Gpt2Config): TimedModel {
  return {
    decode: ({ batch, past }) => {
      const steps = new PagedSteps(place, past + 1);
      const text = madeUpIds(past, vocabularySize);
      steps.step([{ text: 0, ids: text, start: 0 }]);
      const tokens = madeUpIds(batch, vocabularySize, 7);
      const pieces = Array.from(tokens, (token, index) => {
        return { text: index, ids: Int32Array.of(...text, token), start: past };
      });
      const copies = pieces.slice(1).flatMap((_, index) => steps.copies(0, index + 1, past));
      steps.step(pieces, copies);
      const plan = steps.plan(pieces);
      return () => steps.run(plan);
    },
    prompts: ({ prompts, tokens, isScored }) => {
      const steps = new PagedSteps(place, tokens);
      const pieces = promptsOf(prompts, tokens, vocabularySize).map((ids, text) => {
        return { text, ids, start: 0, isScored };
      });
      const plan = steps.plan(pieces);
      return () => steps.run(plan);
    },
  };
}

function promptsOf(count: number, tokens: number, vocabularySize: number): Int32Array[] {
  return Array.from({ length: count }, (_, index) => {
    return madeUpIds(tokens, vocabularySize, index + 1);
  });
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
