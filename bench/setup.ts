// What every comparison begins with: the model, the machine and its bounds, and the systems, all from
// the command line.

import { describeBounds, measureBounds } from './bounds/measure.ts';
import type { MachineBounds } from './bounds/roofline.ts';
import { count, type FlagValues, flag, type Variant, variants } from './flags.ts';
import { type GgufType, ggufTypes } from './gguf/header.ts';
import { describeMachine, divide, type Machine } from './machine.ts';
import { cacheFlag, findModel, sizeFlag } from './model.ts';
import { kvasir } from './systems/kvasir.ts';
import { llama } from './systems/llama.ts';
import { plain } from './systems/plain.ts';
import type { BenchModel, System } from './systems/system.ts';

export const modelFlags = {
  size: sizeFlag,
  model: flag('FOLDER', '', 'a checkpoint instead, or storyteller'),
  cache: cacheFlag,
  threads: flag('N', '0', 'threads of each server; 0: the processors it has'),
  rounds: flag('N', '3', 'times that each figure is measured, the systems taking turns'),
  bounds: flag('on|off', 'on', 'whether the machine itself is measured first'),
  json: flag('FILE', '', 'keeps the figures'),
};

export const kvasirFlags = {
  ...modelFlags,
  kvasir: flag('LIST', 'kvasir', 'NAME=FLAGS;NAME=FLAGS: Kvasir with each of these flags'),
  timeout: flag('SECONDS', '900', 'longest silence of a server under load'),
  apart: flag('on|off', 'off', 'start each server for its turn only: where memory is short'),
};

export const systemFlags = {
  ...kvasirFlags,
  plain: flag('on|off', 'off', "onnxruntime-node's own run(), too"),
  'plain-batch': flag('N', '8', 'most streams of one batch there'),
  llama: flag('FOLDER', '', 'llama.cpp, too: where its programs are'),
  'llama-type': flag('LIST', 'f32', `number formats there: ${ggufTypes.join(', ')}`),
  'llama-flags': flag('FLAGS', '', 'further flags of llama-server'),
};

export interface Bench {
  readonly model: BenchModel;
  readonly machine: Machine;
  readonly bounds: MachineBounds | null;
  readonly rounds: number;
}

export interface Comparison extends Bench {
  readonly systems: readonly System[];
  readonly timeoutMs: number;
  readonly apart: boolean;
}

export async function prepare(values: FlagValues<typeof modelFlags>): Promise<Bench> {
  const model = await findModel(values.model, values.size, values.cache);
  const machine = describeMachine(values.threads === '0' ? 0 : count('threads', values.threads));
  console.log(
    `${model.name} on ${machine.processor}, ${machine.serverThreads} threads` +
      `${machine.isDivided ? ', the load generator apart' : ''}`,
  );
  const bounds = isOn('bounds', values.bounds) ? measureBounds(machine.serverThreads) : null;
  if (bounds !== null) console.log(describeBounds(bounds));
  return { model, machine, bounds, rounds: count('rounds', values.rounds) };
}

export async function prepareSystems(values: FlagValues<typeof systemFlags>): Promise<Comparison> {
  const comparison = await prepareKvasir(values);
  const { model, machine } = comparison;
  const systems = [...comparison.systems];
  if (isOn('plain', values.plain)) {
    systems.push(plain(model, machine, count('plain-batch', values['plain-batch'])));
  }
  if (values.llama !== '') {
    const flags = values['llama-flags'].split(/\s+/).filter((word) => word !== '');
    for (const type of llamaTypes(values['llama-type'])) {
      systems.push(llama(model, machine, { directory: values.llama, type, flags }));
    }
  }
  return { ...comparison, systems };
}

/** Kvasir alone; each of its variants may be split into several. */
export async function prepareKvasir(
  values: FlagValues<typeof kvasirFlags>,
  split: (variant: Variant) => Variant[] = (variant) => [variant],
): Promise<Comparison> {
  const bench = await prepare(values);
  const systems = variants('kvasir', values.kvasir)
    .flatMap(split)
    .map((variant) => kvasir(bench.model, bench.machine, variant));
  divide(bench.machine);
  const timeoutMs = 1000 * count('timeout', values.timeout);
  return { ...bench, systems, timeoutMs, apart: isOn('apart', values.apart) };
}

export function llamaTypes(text: string): GgufType[] {
  return text.split(',').map((name) => {
    const type = ggufTypes.find((known) => known === name);
    if (type !== undefined) return type;
    throw new Error(`--llama-type ${name}: ${ggufTypes.join(' or ')} is needed`);
  });
}

function isOn(name: string, text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new Error(`--${name} ${text}: on or off is needed`);
}

/** What a file of figures says of where they come from. */
export function facts({ model, machine, bounds, rounds }: Bench): object {
  return { date: new Date().toISOString(), model: model.name, machine, bounds, rounds };
}
