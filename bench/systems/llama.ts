// llama.cpp's server on the same weights. docs/benchmarks.md says why it has these flags.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { GgufType } from '../gguf/header.ts';
import { writeGguf } from '../gguf/write.ts';
import type { Machine } from '../machine.ts';
import { startListening } from '../server.ts';
import { fingerprint } from './fingerprint.ts';
import { type BenchModel, commonBody, type Demand, type System } from './system.ts';

export interface LlamaChoice {
  /** Holds llama-server and its sisters. */
  readonly directory: string;
  readonly type: GgufType;
  /** Added at the end: the last counts. */
  readonly flags: readonly string[];
}

/** Throws `Error` where the program is not there. */
export function llamaProgram(directory: string, name: string): string {
  for (const folder of [directory, path.join(directory, 'build/bin')]) {
    const program = path.join(folder, name);
    if (existsSync(program)) return program;
  }
  throw new Error(`--llama ${directory}: there is no ${name}; bench/build-llama.sh builds it`);
}

/** The checkpoint as GGUF, written where it is not there yet. */
export function ggufOf(model: BenchModel, type: GgufType): string {
  const name = `${model.name}-${type}-${fingerprint(model, [type])}.gguf`;
  const file = path.join(model.cache, name);
  if (!existsSync(file)) writeGguf(model.checkpoint, file, type);
  return file;
}

/** llama.cpp cuts the context of a slot at multiples of this. */
const contextGrain = 256;

export function llama(model: BenchModel, machine: Machine, choice: LlamaChoice): System {
  const { directory, type, flags } = choice;
  const program = llamaProgram(directory, 'llama-server');
  return {
    name: `llama-${type}`,
    kind: 'llama',
    // Keys and values are kept in 16 bits unless its flags say otherwise.
    weights: { kind: type === 'f32' ? 'fp32' : 'q8_0', cacheBytesPerNumber: 2 },
    body: (asked) => ({
      ...commonBody(asked),
      samplers: asked.seed === null ? ['temperature'] : ['top_k', 'temperature'],
      cache_prompt: false,
    }),
    start: (demand) => {
      const own = ['--model', ggufOf(model, type), '--host', '127.0.0.1', '--port', '0'];
      return startListening(
        program,
        [...own, ...serverFlags(model, machine, demand), ...flags],
        '/health',
      );
    },
  };
}

function serverFlags(model: BenchModel, machine: Machine, demand: Demand): string[] {
  const needed = Math.min(demand.tokensPerStream + 1, model.config.contextLength);
  const slotTokens = Math.ceil(needed / contextGrain) * contextGrain;
  const threads = String(machine.serverThreads);
  return [
    ...['--threads', threads, '--threads-batch', threads],
    ...['--parallel', String(demand.streams), '--ctx-size', String(demand.streams * slotTokens)],
    ...['--batch-size', '2048', '--ubatch-size', '512', '--cont-batching'],
    ...['--no-cache-prompt', '--cache-ram', '0', '--no-context-shift'],
    ...['--no-ui', '--no-slots', '--offline'],
    ...['--threads-http', String(demand.streams + 8)],
  ];
}
