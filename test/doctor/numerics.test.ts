// The doctor's own checks, of a healthy model and of a sick one, on what stands in for a device here.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { Findings } from '../../src/doctor/findings.ts';
import { checkNumerics } from '../../src/doctor/numerics.ts';
import { deviceBackend } from '../../src/model/backend.ts';
import type { Model } from '../../src/model/model.ts';
import { TestBench } from '../support/engine.ts';
import { HostStream } from '../support/host-stream.ts';
import { exportedStoryteller, oracle } from '../support/storyteller.ts';

const ids = Int32Array.from(oracle.long.ids);
const sizes = { rowCount: 8, chunkTokens: 511 };
let host: TestBench;
let device: TestBench;

beforeAll(async () => {
  const artifact = await exportedStoryteller();
  host = new TestBench(artifact);
  device = new TestBench(artifact, (session) => {
    return deviceBackend(session, new HostStream(), { mostGraphs: 16 });
  });
});
afterAll(() => {
  host.dispose();
  device.dispose();
});

async function verdicts(model: Pick<Model, 'run'>): Promise<[string, string][]> {
  const findings = new Findings({ say: () => {}, keep: () => {}, now: () => 0, limitMs: 1e9 });
  const reference = host.model(sizes);
  const subjects = { device: model as Model, plain: host.model(sizes), reference, ids };
  await checkNumerics(findings, subjects);
  return findings.list.map(({ name, verdict }) => [name, verdict]);
}

test('a model that computes as the reference does has nothing wrong with it', async () => {
  const found = await verdicts(device.model(sizes));
  expect(found).toHaveLength(9);
  expect(found.filter(([, verdict]) => verdict !== 'ok')).toEqual([]);
});

test('a model that forgets what it copies is found out', async () => {
  const model = host.model(sizes);
  const found = await verdicts({ run: (plan) => model.run({ ...plan, copies: [] }) });
  expect(found.filter(([, verdict]) => verdict === 'wrong')).toEqual([
    ['rows copied on the device', 'wrong'],
  ]);
});

test('a model that takes the past for longer than it is is found out', async () => {
  const model = host.model(sizes);
  const found = await verdicts({
    run: (plan) => {
      if (plan.kind !== 'decode') return model.run(plan);
      return model.run({ ...plan, lengths: plan.lengths.map((length) => length + 3) });
    },
  });
  expect(new Map(found).get('decode of ragged rows')).toBe('wrong');
  expect(new Map(found).get('decode over its own cache')).toBe('wrong');
});
