// What a device's lane does, in the order in which it does it, over the host's memory and the CPU provider:
// the answers are the host's own lane's, to the last bit.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deviceBackend } from '../../src/model/backend.ts';
import type { DeviceLane } from '../../src/model/device-lane.ts';
import type { LaneKind } from '../../src/model/lane.ts';
import type { Model, ModelScores } from '../../src/model/model.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { Sequence } from '../../src/scheduler/sequence.ts';
import { greedy, request, scoring, TestBench } from '../support/engine.ts';
import { HostStream } from '../support/host-stream.ts';
import { decode, prefill, logitsOf as rowsOf } from '../support/steps.ts';
import { exportedStoryteller, oracle } from '../support/storyteller.ts';

const { ids } = oracle.long;
const rowCount = 6;
const rowBytes = 50_257 * 4;
const drawn = { ...freeDraw, inverseTemperature: 0.7, seed: 11 };

let host: TestBench;
let device: TestBench;
let stream: HostStream;
let lanes: Map<LaneKind, DeviceLane>;

beforeAll(async () => {
  const artifact = await exportedStoryteller();
  host = new TestBench(artifact);
  device = new TestBench(artifact, (session) => {
    return deviceBackend(session, stream, {
      mostGraphs: 8,
      onLane: (kind, lane) => lanes.set(kind, lane),
    });
  });
});
afterAll(() => {
  host.dispose();
  device.dispose();
});
beforeEach(() => {
  stream = new HostStream();
  lanes = new Map();
});

/** Of rows of logits: enough to tell them apart. */
function logitsOf(scores: ModelScores, count: number): string[] {
  return rowsOf(scores, count).map((bits) => createHash('sha256').update(bits).digest('hex'));
}

function models(): [Model, Model] {
  const options = { rowCount, chunkTokens: 300 };
  return [host.model(options), device.model(options)];
}

describe('steps', () => {
  test('prompts, alone and in a padded batch, give the same bits', () => {
    const [ours, theirs] = models().map((model) => {
      const bits = logitsOf(prefill(model, ids.slice(0, 70), 2, 0, 70), 1);
      bits.push(...logitsOf(prefill(model, ids.slice(0, 90), 2, 70, 90), 1));
      const chunks = [5, 33, 17].map((length, index) => {
        const sequence = new Sequence(request(index, ids.slice(index, index + length), 3));
        return { sequence, start: 0, tokens: sequence.promptIds, isLast: true, forks: [] };
      });
      const batch = { kind: 'prefill', firstRow: 1, copies: [], chunks, width: 33 } as const;
      bits.push(...logitsOf(model.run(batch), 3));
      return bits;
    });
    expect(theirs).toEqual(ours);
  });

  test('decode steps over any run of rows give the same bits again and again', () => {
    const [ours, theirs] = models().map((model) => {
      const sequences = Array.from({ length: rowCount }, (_, row) => {
        const prompt = ids.slice(row, row + 5 + 9 * row);
        prefill(model, prompt, row, 0, prompt.length);
        const wishes = row % 2 === 0 ? drawn : greedy;
        return new Sequence(request(row, prompt, 2, wishes, [], { logprobCount: row % 3 || null }));
      });
      const bits: string[] = [];
      const numbers: number[][] = [];
      for (let round = 0; round < 6; round++) {
        for (const [first, count] of [
          [0, 6],
          [1, 1],
          [2, 3],
          [5, 1],
        ] as const) {
          const some = sequences.slice(first, first + count);
          const scores = decode(model, first, some, 262 + round);
          numbers.push([
            ...scores.topIds.subarray(0, count * 64),
            ...scores.topScores.subarray(0, count * 64),
            ...scores.logNormalizers.subarray(0, count),
            ...scores.temperedLogNormalizers.subarray(0, count),
          ]);
          bits.push(...logitsOf(scores, count));
        }
      }
      return { bits, numbers };
    });
    expect(theirs).toEqual(ours);
    expect(lanes.get('decode')!.graphCount).toBe(8);
    expect(lanes.get('decode')!.captureFailure).toBeNull();
  });

  test('a row that is copied on the device goes on as on the host', () => {
    const [ours, theirs] = models().map((model) => {
      const sequence = new Sequence(request(1, ids.slice(0, 120), 8));
      prefill(model, [...sequence.promptIds], 4, 0, 120);
      const copies = [{ fromRow: 4, toRow: 0, tokenCount: 120 }];
      return logitsOf(decode(model, 0, [sequence], 262, copies), 1);
    });
    expect(theirs).toEqual(ours);
  });

  test('each is one copy to the device and one back, of what its shape needs', () => {
    const [, model] = models();
    const sequence = new Sequence(request(1, ids.slice(0, 20), 8));
    prefill(model, [...sequence.promptIds], 0, 0, 20);
    stream.copiedIn.length = 0;
    stream.copiedOut.length = 0;
    decode(model, 0, [sequence], 262);
    // Seven inputs and four outputs of one row: each array of its own 256 bytes, ids of 64 candidates two.
    expect(stream.copiedIn).toEqual([7 * 256]);
    expect(stream.copiedOut).toEqual([5 * 256]);
    expect(lanes.get('decode')!.stepBytes).toBe(12 * 256);
  });

  test('logits stay where they are until a row is asked for, which comes once', () => {
    const [, model] = models();
    stream.copiedOut.length = 0;
    const scores = prefill(model, ids.slice(0, 20), 0, 0, 20);
    expect(stream.copiedOut).toHaveLength(1);
    const first = Float32Array.from(scores.logitsRow(0));
    expect(Array.from(scores.logitsRow(0))).toEqual(Array.from(first));
    expect(stream.copiedOut.slice(1)).toEqual([first.length * 4]);
  });
});

test('draws that need whole rows of logits get them together, and draw what the host draws', () => {
  const widely = { ...freeDraw, inverseTemperature: 0.2, seed: 5 };
  const wishes = [
    widely,
    { ...widely, topK: 200 },
    { ...widely, topP: 0.98 },
    { ...widely, repetitionPenalty: 0.9 },
    greedy,
    { ...greedy, frequencyPenalty: -0.5 },
  ];
  const [ours, theirs] = [host, device].map((bench) => {
    const hasFewShapes = bench === device;
    const engine = bench.engine({ rowCount, chunkTokens: 300, hasFewShapes });
    wishes.forEach((wish, id) => {
      engine.loop.submit(request(id, ids.slice(id, id + 20), 12, { ...wish, seedLow: id }, []));
    });
    const counts: number[] = [];
    for (;;) {
      [stream.copiedOut.length, stream.waitCount] = [0, 0];
      const report = engine.step();
      if (report === null) break;
      const { phase, fullRowCount } = report.work;
      counts.push(fullRowCount);
      if (bench === host || phase !== 'decode') continue;
      // What the graph says of the step, and then the rows: all of them with one wait.
      const rows = stream.copiedOut.slice(1).reduce((sum, bytes) => sum + bytes, 0) / rowBytes;
      expect(rows).toBe(fullRowCount);
      expect(stream.waitCount).toBe(fullRowCount === 0 ? 1 : 2);
      expect(stream.copiedOut.length).toBeLessThanOrEqual(1 + Math.ceil(wishes.length / 2));
    }
    return { ids: engine.ids, counts };
  });
  expect(theirs).toEqual(ours);
  expect(Math.max(...ours!.counts)).toBeGreaterThan(3);
});

test('an engine on a device says what one on the host says', () => {
  const [ours, theirs] = [host, device].map((bench) => {
    const hasFewShapes = bench === device;
    const engine = bench.engine({ rowCount, chunkTokens: 64, hasFewShapes });
    for (let id = 0; id < 14; id++) {
      const prompt = ids.slice(13 * id, 13 * id + 3 + ((id * 29) % 70));
      if (id % 5 === 4) engine.loop.submit(scoring(id, prompt, 2));
      else {
        const wishes = [greedy, drawn, { ...drawn, topK: 40, repetitionPenalty: 1.3 }][id % 3]!;
        const logprobCount = id % 4 === 0 ? 3 : null;
        engine.loop.submit(request(id, prompt, 4 + (id % 7), wishes, [], { logprobCount }));
      }
      if (id % 3 === 2) for (let step = 0; step < 4; step++) engine.step();
    }
    engine.run();
    return {
      ids: engine.ids,
      endings: engine.endings,
      scores: engine.tokenScores,
      prompts: engine.prompts,
    };
  });
  expect(theirs).toEqual(ours);
  expect(ours!.endings.size).toBe(14);
});
