// What becomes of requests that end otherwise than by finishing, on the real model.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { greedy, request, TestBench } from '../support/engine.ts';
import { certainIds, exportedStoryteller, oracle } from '../support/storyteller.ts';

let bench: TestBench;
beforeAll(async () => {
  bench = new TestBench(await exportedStoryteller());
});
afterAll(() => bench.dispose());

const options = { rowCount: 4, chunkTokens: 16 };
const prompts = oracle.prompts;

test('an aborted sequence frees its row before the next step', () => {
  const engine = bench.engine(options);
  for (const id of [0, 1]) engine.loop.submit(request(id, prompts[id]!.ids, 20));
  for (let step = 0; step < 6; step++) engine.step();
  engine.loop.abort(0);
  expect(engine.step()!.load.usedRowCount).toBe(1);
  engine.run();
  expect(engine.endings).toEqual(
    new Map([
      [0, 'abort'],
      [1, 'length'],
    ]),
  );
  expect(engine.ids.get(1)).toEqual(prompts[1]!.greedy_ids.slice(0, 20));
});

test('a sequence aborted while it waits never runs', () => {
  const engine = bench.engine({ rowCount: 1, chunkTokens: 16 });
  engine.loop.submit(request(0, prompts[0]!.ids, 5));
  engine.loop.submit(request(1, prompts[1]!.ids, 5));
  engine.step();
  engine.loop.abort(1);
  engine.run();
  expect(engine.ids.get(1)).toEqual([]);
  expect(engine.endings.get(1)).toBe('abort');
});

test('a prefill that fails ends its own sequence and no other', () => {
  const engine = bench.engine(options, (model) => ({
    run(plan) {
      if (plan.kind === 'prefill' && plan.chunks[0]!.sequence.id === 1)
        throw new Error('out of luck');
      return model.run(plan);
    },
  }));
  for (const id of [0, 1, 2]) engine.loop.submit(request(id, prompts[id]!.ids, 8));
  engine.run();
  expect(engine.endings.get(1)).toBe('error');
  expect(engine.failures.get(1)).toBe('out of luck');
  for (const id of [0, 2]) {
    expect(engine.ids.get(id)).toEqual(prompts[id]!.greedy_ids.slice(0, 8));
  }
});

test('a decode step that fails ends the sequences it carried, and later ones are served', () => {
  let failuresLeft = 1;
  const engine = bench.engine(options, (model) => ({
    run(plan) {
      if (plan.kind === 'decode' && plan.sequenceCount === 2 && failuresLeft-- > 0) {
        throw new Error('out of luck');
      }
      return model.run(plan);
    },
  }));
  for (const id of [0, 1]) engine.loop.submit(request(id, prompts[id]!.ids, 30));
  engine.run();
  expect([...engine.endings.values()]).toEqual(['error', 'error']);
  engine.loop.submit(request(2, prompts[2]!.ids, 8));
  engine.run();
  expect(engine.ids.get(2)).toEqual(certainIds(prompts[2]!).slice(0, 8));
});

test('generating a stop id ends a sequence with that id last', () => {
  const engine = bench.engine(options);
  const ids = certainIds(prompts[0]!);
  const stop = ids[5]!;
  const expected = ids.slice(0, ids.indexOf(stop) + 1);
  engine.loop.submit(request(0, prompts[0]!.ids, 48, undefined, [stop]));
  engine.run();
  expect(engine.ids.get(0)).toEqual(expected);
  expect(engine.endings.get(0)).toBe('stop');
});

test('a sequence can fill the context to its last place', () => {
  const engine = bench.engine({ rowCount: 2, chunkTokens: 256 });
  const { contextLength } = bench.manifest.config;
  const promptIds = oracle.text.ids.slice(0, contextLength - 3);
  engine.loop.submit(request(0, promptIds, 3));
  engine.loop.submit(request(1, prompts[1]!.ids, 12));
  engine.run();
  expect(engine.ids.get(0)).toHaveLength(3);
  expect(engine.endings.get(0)).toBe('length');
  expect(engine.ids.get(1)).toEqual(prompts[1]!.greedy_ids.slice(0, 12));
});

test('a row of scores that are no numbers ends its own sequence and no other', () => {
  const broken = 1;
  const engine = bench.engine(options, (model) => ({
    run(plan) {
      const scores = model.run(plan);
      if (plan.kind !== 'decode') return scores;
      const row = plan.sequences.filter((each) => each !== null).findIndex((s) => s.id === broken);
      if (row >= 0) scores.logNormalizers[row] = Number.NaN;
      return scores;
    },
  }));
  for (const id of [0, 1, 2]) engine.loop.submit(request(id, prompts[id]!.ids, 8));
  engine.run();
  expect(engine.endings.get(broken)).toBe('error');
  expect(engine.failures.get(broken)).toContain('not finite numbers');
  for (const id of [0, 2]) {
    expect(engine.ids.get(id)).toEqual(prompts[id]!.greedy_ids.slice(0, 8));
  }
});

test('a prompt whose scores are no numbers ends, and later ones are served', () => {
  const engine = bench.engine(options, (model) => ({
    run(plan) {
      const scores = model.run(plan);
      if (plan.kind === 'prefill' && plan.chunks[0]!.sequence.id === 0)
        scores.topScores[0] = Number.NaN;
      return scores;
    },
  }));
  for (const id of [0, 1]) engine.loop.submit(request(id, prompts[id]!.ids, 8));
  engine.run();
  expect(engine.failures.get(0)).toContain('not finite numbers');
  expect(engine.ids.get(1)).toEqual(prompts[1]!.greedy_ids.slice(0, 8));
});

test('of prompts that share a step, only the one whose scores are no numbers ends', () => {
  const engine = bench.engine({ rowCount: 4, chunkTokens: 256 }, (model) => ({
    run(plan) {
      const scores = model.run(plan);
      if (plan.kind === 'prefill') {
        expect(plan.chunks).toHaveLength(3);
        scores.logNormalizers[1] = Number.NaN;
      }
      return scores;
    },
  }));
  for (const id of [0, 1, 2]) engine.loop.submit(request(id, prompts[id]!.ids, 8));
  engine.run();
  expect([...engine.failures.keys()]).toEqual([1]);
  for (const id of [0, 2]) {
    expect(engine.ids.get(id)).toEqual(prompts[id]!.greedy_ids.slice(0, 8));
  }
});

test('a sequence that excludes every token ends alone, and says why', () => {
  const engine = bench.engine(options);
  const id = certainIds(prompts[0]!)[2]!;
  const adjustments = {
    repetitionPenalty: 1,
    presencePenalty: 0,
    frequencyPenalty: 0,
    biasIds: new Int32Array(),
    biases: new Float32Array(),
    allowedIds: Int32Array.of(id),
    bannedSequences: [Int32Array.of(id, id)],
    minTokens: 0,
    idsAfterMinimum: new Int32Array(),
  };
  engine.loop.submit(request(0, prompts[0]!.ids, 8, { ...greedy, adjustments }));
  engine.loop.submit(request(1, prompts[1]!.ids, 8));
  engine.run();
  expect(engine.ids.get(0)).toEqual([id]);
  expect(engine.failures.get(0)).toContain('no token is left to choose');
  expect(engine.ids.get(1)).toEqual(prompts[1]!.greedy_ids.slice(0, 8));
});
