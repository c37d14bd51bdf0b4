// A request's output does not depend on its neighbours, to the last bit.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SequenceRequest } from '../../src/engine/protocol.ts';
import type { SamplingParameters } from '../../src/sampling/parameters.ts';
import { greedy, request, TestBench } from '../support/engine.ts';
import { neighbours } from '../support/neighbours.ts';
import { certainIds, exportedStoryteller, oracle } from '../support/storyteller.ts';

let bench: TestBench;
beforeAll(async () => {
  bench = new TestBench(await exportedStoryteller());
});
afterAll(() => bench.dispose());

const options = { rowCount: 33, chunkTokens: 16 };
const tokenCount = 24;
const text = oracle.text.ids;

function alone(subject: SequenceRequest): number[] {
  const engine = bench.engine(options);
  engine.loop.submit(subject);
  engine.run();
  return engine.ids.get(subject.id)!;
}

const sampled: SamplingParameters = {
  ...greedy,
  greedy: false,
  inverseTemperature: 1 / 0.9,
  topP: 0.95,
  seedLow: 12345,
  seedHigh: 678,
};

describe.each([
  ['greedy', greedy],
  ['sampled', sampled],
])('a %s request', (_, sampling) => {
  const subject = request(1, text.slice(100, 137), tokenCount, sampling);

  test('gives the same tokens among 31 others as alone', () => {
    const engine = bench.engine(options);
    for (const neighbour of neighbours.slice(0, 15)) engine.loop.submit(neighbour);
    engine.loop.submit(subject);
    for (const neighbour of neighbours.slice(15)) engine.loop.submit(neighbour);
    engine.run();
    expect(engine.ids.get(subject.id)).toEqual(alone(subject));
    expect(engine.endings.size).toBe(32);
  });

  test('gives the same tokens when its prompt shares a step with others', () => {
    const engine = bench.engine({ rowCount: 33, chunkTokens: 512 });
    let mostAdmitted = 0;
    for (const neighbour of neighbours.slice(0, 15)) engine.loop.submit(neighbour);
    engine.loop.submit(subject);
    for (const neighbour of neighbours.slice(15)) engine.loop.submit(neighbour);
    for (let report = engine.step(); report !== null; report = engine.step()) {
      if (report.admitted.includes(subject.id)) mostAdmitted = report.admitted.length;
    }
    expect(mostAdmitted).toBeGreaterThan(1);
    for (const each of [subject, neighbours[3]!, neighbours[13]!]) {
      expect(engine.ids.get(each.id)).toEqual(alone(each));
    }
  });

  test('gives the same tokens whatever the pace at which prompts are taken in', () => {
    let nowMs = 0;
    const now = () => {
      nowMs += 1 + ((nowMs * 31) % 47); // between two looks passes anything from 1 to 47 ms
      return nowMs;
    };
    const long = { ...subject, promptIds: Int32Array.from(text.slice(100, 700)) };
    const engine = bench.engine({ rowCount: 33, chunkTokens: 256, now });
    for (const neighbour of neighbours) engine.loop.submit({ ...neighbour, maxTokens: 40 });
    for (let step = 0; step < 20; step++) engine.step();
    engine.loop.submit(long);
    const chunkLengths = new Set<number>();
    for (let report = engine.step(); report !== null; report = engine.step()) {
      if (report.work.phase === 'prefill') chunkLengths.add(report.work.tokenCount);
    }
    expect(chunkLengths.size).toBeGreaterThan(3);
    expect(engine.ids.get(long.id)).toEqual(alone(long));
  });

  test('gives the same tokens when it joins others late', () => {
    const engine = bench.engine(options);
    for (const neighbour of neighbours) engine.loop.submit(neighbour);
    for (let step = 0; step < 40; step++) engine.step();
    engine.loop.submit(subject);
    engine.run();
    expect(engine.ids.get(subject.id)).toEqual(alone(subject));
  });

  test('gives the same tokens when others leave early around it', () => {
    const engine = bench.engine(options);
    for (const neighbour of neighbours.slice(0, 16)) engine.loop.submit(neighbour);
    engine.loop.submit(subject);
    for (const neighbour of neighbours.slice(16)) engine.loop.submit(neighbour);
    for (const neighbour of neighbours) {
      engine.step();
      engine.step();
      engine.loop.abort(neighbour.id);
    }
    engine.run();
    expect(engine.ids.get(subject.id)).toEqual(alone(subject));
  });

  test('gives the same tokens when it waits for a row that another held', () => {
    const engine = bench.engine({ rowCount: 1, chunkTokens: 16 });
    engine.loop.submit(neighbours[4]!);
    engine.loop.submit(subject);
    engine.run();
    expect(engine.ids.get(subject.id)).toEqual(alone(subject));
  });
});

test('greedy ids are those of an independent implementation, wherever rounding cannot decide', () => {
  const engine = bench.engine({ rowCount: 8, chunkTokens: 256 });
  const prompts = [...oracle.prompts, oracle.long];
  prompts.forEach((prompt, id) => {
    engine.loop.submit(request(id, prompt.ids, prompt.greedy_ids.length));
  });
  engine.run();
  prompts.forEach((prompt, id) => {
    const expected = certainIds(prompt);
    expect(engine.ids.get(id)!.slice(0, expected.length)).toEqual(expected);
  });
});

test('the first oracle prompts are long enough to mean something', () => {
  expect(oracle.prompts.map((prompt) => certainIds(prompt).length)).toContain(48);
});
