// What is compared: something that can be started as a server of one model and asked for completions.

import type { Gpt2Config } from '../../models/gpt2/config.ts';
import type { CompletionBody } from '../../src/load/stream.ts';
import type { ServedWeights } from '../bounds/roofline.ts';
import type { Server } from '../server.ts';

/** What a server must have room for. */
export interface Demand {
  readonly streams: number;
  /** Prompt and generated tokens of the longest stream. */
  readonly tokensPerStream: number;
}

export interface Asked {
  readonly prompt: readonly number[];
  readonly generatedTokens: number;
  /** Null: the best token each time. Else a draw from the 40 best at temperature 0.8. */
  readonly seed: number | null;
}

export interface System {
  readonly name: string;
  readonly kind: 'kvasir' | 'plain' | 'llama';
  readonly weights: ServedWeights;
  start(demand: Demand): Promise<Server>;
  /** The body of a streaming request to /v1/completions that ends at its length only. */
  body(asked: Asked): CompletionBody;
}

/** The model that all of them serve. */
export interface BenchModel {
  /** What `--model` of Kvasir names: a folder with a checkpoint. */
  readonly checkpoint: string;
  readonly name: string;
  readonly config: Gpt2Config;
  /** Where what is made of the checkpoint is kept. */
  readonly cache: string;
}

/** The fields that all three understand. */
export function commonBody({ prompt, generatedTokens, seed }: Asked): CompletionBody {
  return {
    prompt,
    max_tokens: generatedTokens,
    ...(seed === null ? { temperature: 0 } : { temperature: 0.8, top_k: 40, seed }),
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
  };
}
