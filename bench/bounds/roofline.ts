// What the machine allows at best: no step can be faster than its bytes at the memory's bandwidth, nor
// than its operations at the processors' arithmetic. The larger of the two times is the bound.
//
//   bytes of a step       the weights once, and the keys and values of every stream so far
//   operations of a step  2 for each parameter that a token is multiplied with, and for each stream
//                         4 · width for each token of its past and each layer (scores and their sum)

import type { Gpt2Config } from '../../models/gpt2/config.ts';

/**
 * `int4` is that of the blocks, 32 weights with scale and zero in 20.5 bytes; the head is in int8 then.
 * `q8_0` is llama.cpp's: 32 weights and their 16-bit scale in 34 bytes.
 */
export type WeightKind = 'fp32' | 'int8' | 'int4' | 'q8_0';

export interface ServedWeights {
  readonly kind: WeightKind;
  readonly cacheBytesPerNumber: number;
}

/** Measured on the machine: `measureBounds`. */
export interface MachineBounds {
  readonly bytesPerSecond: number;
  readonly fp32PerSecond: number;
  readonly int8PerSecond: number;
}

const weightBytes: Readonly<Record<WeightKind, number>> = {
  fp32: 4,
  int8: 1,
  int4: 20.5 / 32,
  q8_0: 34 / 32,
};

/** Of the matrices of the blocks. Embeddings are looked up, not multiplied. */
export function blockParameters({ layerCount, width, innerWidth }: Gpt2Config): number {
  return layerCount * (4 * width * width + 2 * width * innerWidth);
}

export function headParameters({ width, vocabularySize }: Gpt2Config): number {
  return width * vocabularySize;
}

/** Tokens that go through the network together. */
export interface Work {
  /** Through the blocks. */
  readonly tokens: number;
  /** Of them, those whose logits are asked for. */
  readonly rows: number;
  /** The mean number of tokens that each of them attends to. */
  readonly past: number;
  /** Caches that are read: one for each sequence. */
  readonly sequences: number;
}

/** One token for each stream. */
export function decodeWork(streams: number, past: number): Work {
  return { tokens: streams, rows: streams, past, sequences: streams };
}

/** One prompt; `rows` 1, or each token's where it is scored. */
export function prefillWork(tokens: number, rows: number): Work {
  return { tokens, rows, past: tokens / 2, sequences: 1 };
}

/** Of one step. */
export function boundSeconds(
  work: Work,
  config: Gpt2Config,
  weights: ServedWeights,
  machine: MachineBounds,
): number {
  return sharedBoundSeconds([work], config, weights, machine);
}

/**
 * Of works that need not wait for one another, however they are divided into steps: at best all share
 * one, which reads the weights once, and what is computed for one hides what is read for another.
 */
export function sharedBoundSeconds(
  works: readonly Work[],
  config: Gpt2Config,
  weights: ServedWeights,
  machine: MachineBounds,
): number {
  const { layerCount, width } = config;
  const blocks = blockParameters(config);
  const head = headParameters(config);
  const perSecond = weights.kind === 'fp32' ? machine.fp32PerSecond : machine.int8PerSecond;
  const headKind = weights.kind === 'int4' ? 'int8' : weights.kind;
  let bytes = blocks * weightBytes[weights.kind] + head * weightBytes[headKind];
  let arithmetic = 0;
  for (const { tokens, rows, past, sequences } of works) {
    bytes += sequences * past * 2 * layerCount * width * weights.cacheBytesPerNumber;
    arithmetic += (2 * (tokens * blocks + rows * head)) / perSecond;
    // Attention computes in floating point whatever the weights are.
    arithmetic += (4 * layerCount * width * tokens * past) / machine.fp32PerSecond;
  }
  return Math.max(bytes / machine.bytesPerSecond, arithmetic);
}

/**
 * Tokens a second at best of streams that all start together: their prompts, which may share steps, and
 * then every step with all of them.
 */
export function closedLoopBound(
  load: {
    readonly streams: number;
    readonly promptTokens: number;
    readonly generatedTokens: number;
  },
  config: Gpt2Config,
  weights: ServedWeights,
  machine: MachineBounds,
): number {
  const { streams, promptTokens, generatedTokens } = load;
  const prompts = new Array<Work>(streams).fill(prefillWork(promptTokens, 1));
  let seconds = sharedBoundSeconds(prompts, config, weights, machine);
  // The prompts' own steps give the first tokens.
  for (let token = 1; token < generatedTokens; token++) {
    seconds += boundSeconds(decodeWork(streams, promptTokens + token), config, weights, machine);
  }
  return (streams * generatedTokens) / seconds;
}
