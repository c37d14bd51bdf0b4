// The doctor's checks over blocks, of a healthy model and of sick ones, on what stands in for a device here:
// the graph with its attention spelled out, in fp16, over the processors.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { Findings } from '../../src/doctor/findings.ts';
import { checkPagedNumerics } from '../../src/doctor/paged-numerics.ts';
import { timedBlocks } from '../../src/doctor/speed.ts';
import { openSession } from '../../src/model/artifact.ts';
import { devicePagedBackend } from '../../src/model/paged/paged-backend.ts';
import { PagedModel } from '../../src/model/paged/paged-model.ts';
import type { Session } from '../../src/onnxruntime/session.ts';
import type { MixedPlan } from '../../src/scheduler/mixed-plan.ts';
import { TestBench } from '../support/engine.ts';
import { HostStream } from '../support/host-stream.ts';
import { type PagedTwin, pagedTwin } from '../support/paged.ts';
import { exportedStoryteller, oracle } from '../support/storyteller.ts';

const ids = Int32Array.from(oracle.long.ids);
const sizes = { blockSize: 256, contextLength: 512 };
const blockCount = 16;
let host: TestBench;
let twin: PagedTwin;
let session: Session;
let model: PagedModel;

beforeAll(async () => {
  host = new TestBench(await exportedStoryteller());
  twin = await pagedTwin('models/storyteller', { ...sizes, precision: 'fp16' });
  session = openSession(twin.folder, twin.manifest, {
    provider: { kind: 'cpu' },
    threads: 2,
    configuration: {},
  });
  const backend = devicePagedBackend(session, new HostStream(), { mostGraphs: 4 });
  const limits = { blockCount, stepTokens: 600, mostSequences: 6 };
  model = new PagedModel(backend, twin.manifest, limits);
});
afterAll(() => {
  model.dispose();
  session.dispose();
  host.dispose();
});

async function verdicts(change: (plan: MixedPlan) => MixedPlan): Promise<[string, string][]> {
  const findings = new Findings({ say: () => {}, keep: () => {}, now: () => 0, limitMs: 1e9 });
  const device = {
    model: { run: (plan: MixedPlan) => model.run(change(plan)) },
    blockCount,
    ...sizes,
  };
  const reference = host.model({ rowCount: 2, chunkTokens: 511 });
  await checkPagedNumerics(findings, { device, reference, ids });
  return findings.list.map(({ name, verdict }) => [name, verdict]);
}

test('a model that computes as the reference does has nothing wrong with it', async () => {
  const found = await verdicts((plan) => plan);
  expect(found).toHaveLength(6);
  expect(found.filter(([, verdict]) => verdict !== 'ok')).toEqual([]);
});

test('a model that forgets what it copies is found out', async () => {
  const found = await verdicts((plan) => ({ ...plan, copies: [] }));
  expect(found.filter(([, verdict]) => verdict === 'wrong')).toEqual([
    ['blocks: copied on the device', 'wrong'],
  ]);
});

test('a model that reads one block for another is found out', async () => {
  const found = new Map(
    await verdicts((plan) => ({
      ...plan,
      pieces: plan.pieces.map((piece) => {
        const isGoingOn = piece.start > 0 && piece.start + piece.tokens.length > sizes.blockSize;
        return isGoingOn ? { ...piece, blocks: piece.blocks.toReversed() } : piece;
      }),
    })),
  );
  expect(found.get('blocks: decode across their border')).toBe('wrong');
  expect(found.get('blocks: decode and prompts mixed')).toBe('wrong');
  expect(found.get('blocks: prompts packed in one step')).toBe('ok');
});

test('steps over blocks are made ready for timing, as far as there is memory', () => {
  const timed = timedBlocks({ model, blockCount, ...sizes }, twin.manifest.config);
  expect(() => timed.decode({ batch: 3, past: 300 })()).not.toThrow();
  expect(() => timed.prompts({ prompts: 2, tokens: 40, isScored: true })()).not.toThrow();
  expect(() => timed.decode({ batch: 17, past: 20 })).toThrow('memory is there for 16 texts');
});
