// What the engine's thread allocates while it decodes: JavaScript objects by function, as bytes of
// each step and of each token in it, told apart by running few sequences and many. Nothing may be
// allocated per token; a step may cost what its message takes. Typed arrays lie outside this heap
// but for their heads.
//
//   npm run build && node dist/bench/heap.js --model storyteller --few 1 --many 32

import { Session } from 'node:inspector/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withoutHub } from '../src/cli/find-model.ts';
import { resolveModel } from '../src/cli/resolve-model.ts';
import { loadEngine } from '../src/engine/load.ts';
import type { EngineLoop } from '../src/engine/loop.ts';
import type { StepReport } from '../src/engine/protocol.ts';
import { freeDraw } from '../src/sampling/parameters.ts';
import { unsaid } from '../src/scheduler/sequence.ts';
import { table } from './report.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'storyteller' },
    few: { type: 'string', default: '1' },
    many: { type: 'string', default: '32' },
    steps: { type: 'string', default: '200' },
    sampling: { type: 'string', default: '{ "topK": 40, "inverseTemperature": 1.25 }' },
    shown: { type: 'string', default: '15' },
    cache: { type: 'string', default: path.join(os.tmpdir(), 'kvasir-bench') },
  },
});

/** Long enough for the functions of the loop to be compiled for good. */
const warmUpSteps = 400;
const samplingIntervalBytes = 64;

/** Bytes by function, over all measured steps. */
type Allocations = ReadonlyMap<string, number>;

interface SampledNode {
  readonly callFrame: { functionName: string; url: string; lineNumber: number };
  readonly selfSize: number;
  readonly children: readonly SampledNode[];
}

const sampling = { ...freeDraw, ...JSON.parse(options.sampling) };
const inspector = new Session();
inspector.connect();
const few = Number(options.few);
const many = Number(options.many);
const steps = Number(options.steps);
const { loop } = loadEngine({
  artifactDirectory: await resolveModel({
    model: options.model,
    precision: 'auto',
    cachePrecision: 'auto',
    cacheLayout: 'auto',
    cacheDirectory: options.cache,
    ...withoutHub,
  }),
  kvMemoryBytes: 4 * 1024 ** 3,
  cuda: null,
  maxRunning: many,
  prefillChunkTokens: 256,
  threads: os.availableParallelism(),
  prefixReuse: true,
  speculation: 'auto',
});
let lastId = 0;

const ignore = () => {};
const { port1: port } = new MessageChannel();
const post = (report: StepReport) => port.postMessage(report);
await measure('a step without its message', ignore);
await measure('a step and its message', post);
port.close();

async function measure(title: string, take: (report: StepReport) => void): Promise<void> {
  const least = await allocations(few, take);
  const most = await allocations(many, take);
  const rows = [...new Set([...least.keys(), ...most.keys()])].map((name) => {
    const ofFew = (least.get(name) ?? 0) / steps;
    const ofMany = (most.get(name) ?? 0) / steps;
    return { name, total: ofMany, perToken: (ofMany - ofFew) / (many - few) };
  });
  const sum = (key: 'total' | 'perToken') => rows.reduce((total, row) => total + row[key], 0);
  rows.sort((a, b) => b.total - a.total);
  rows.splice(Number(options.shown));
  rows.push({ name: 'all', total: sum('total'), perToken: sum('perToken') });
  const cells = rows.map(({ name, total, perToken }) => [
    total.toFixed(0),
    perToken.toFixed(1),
    name,
  ]);
  console.log(`\n${title}: bytes of a step of ${many} sequences, and of each further token`);
  console.log(table([['step', 'token', 'function'], ...cells]));
}

/** Of steps in which so many sequences decode and nothing else happens. */
async function allocations(
  sequenceCount: number,
  take: (report: StepReport) => void,
): Promise<Allocations> {
  const ids = submit(loop, sequenceCount);
  for (let step = 0; step < warmUpSteps; step++) take(loop.step()!);
  await inspector.post('HeapProfiler.startSampling', {
    samplingInterval: samplingIntervalBytes,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  for (let step = 0; step < steps; step++) take(loop.step()!);
  const { profile } = await inspector.post('HeapProfiler.stopSampling');
  for (const id of ids) loop.abort(id);
  loop.step();
  const bytes = new Map<string, number>();
  add(profile.head as SampledNode, bytes);
  return bytes;
}

function add({ callFrame, selfSize, children }: SampledNode, bytes: Map<string, number>): void {
  const { functionName, url, lineNumber } = callFrame;
  const place = url === '' ? '' : ` ${path.basename(url)}:${lineNumber + 1}`;
  const name = `${functionName === '' ? '(anonymous)' : functionName}${place}`;
  if (selfSize > 0) bytes.set(name, (bytes.get(name) ?? 0) + selfSize);
  for (const child of children) add(child, bytes);
}

/** Sequences that draw as most do, and do not end. */
function submit(engine: EngineLoop, count: number): number[] {
  return Array.from({ length: count }, () => {
    const id = ++lastId;
    engine.submit({
      id,
      promptIds: Int32Array.of(464, 3290, id),
      maxTokens: 1000,
      stopIds: [],
      sampling: { ...sampling, seedLow: id },
      ...unsaid,
    });
    return id;
  });
}
