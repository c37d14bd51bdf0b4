// llama.cpp's model without its server: llama-batched-bench.

import { runChild } from '../child.ts';
import type { GgufType } from '../gguf/header.ts';
import type { Machine } from '../machine.ts';
import { ggufOf, llamaProgram } from './llama.ts';
import type { BenchModel } from './system.ts';

export interface BatchedTimes {
  readonly promptTokens: number;
  readonly batch: number;
  readonly prefillSeconds: number;
  readonly decodeSeconds: number;
}

/** Each prompt length with each batch: `steps` decode steps after the prompts of all. */
export async function batchedBench(
  model: BenchModel,
  machine: Machine,
  llama: { readonly directory: string; readonly type: GgufType },
  shapes: {
    readonly prompts: readonly number[];
    readonly batches: readonly number[];
    readonly steps: number;
  },
  timeoutMs: number,
): Promise<BatchedTimes[]> {
  const { prompts, batches, steps } = shapes;
  const room = Math.max(...batches) * (Math.max(...prompts) + steps);
  const output = await runChild(
    llamaProgram(llama.directory, 'llama-batched-bench'),
    [
      ...['--model', ggufOf(model, llama.type), '--threads', String(machine.serverThreads)],
      ...['--ctx-size', String(room), '--batch-size', '2048', '--ubatch-size', '512'],
      ...['-npp', prompts.join(','), '-ntg', String(steps), '-npl', batches.join(',')],
      ...['--output-format', 'jsonl'],
    ],
    timeoutMs,
  );
  const lines = output.split('\n').filter((line) => line.startsWith('{"n_kv_max"'));
  return lines.map((line) => {
    const { pp, pl, t_pp: prefillSeconds, t_tg: decodeSeconds } = JSON.parse(line);
    return { promptTokens: pp, batch: pl, prefillSeconds, decodeSeconds };
  });
}
