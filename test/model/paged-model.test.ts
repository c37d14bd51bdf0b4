// A model over blocks, on the host and on a device that is none: whatever a step packs together, wherever
// blocks lie, each text has the scores that it has by itself.

import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { eagerOps } from '../../models/eager.ts';
import { idTensor, row, type Tensor } from '../../models/eager-tensor.ts';
import { gpt2 } from '../../models/gpt2/gpt2.ts';
import { openSession } from '../../src/model/artifact.ts';
import type { DevicePagedLane } from '../../src/model/paged/device-paged-lane.ts';
import { devicePagedBackend } from '../../src/model/paged/paged-backend.ts';
import { PagedModel } from '../../src/model/paged/paged-model.ts';
import type { Session } from '../../src/onnxruntime/session.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import type { MixedPlan, Piece } from '../../src/scheduler/mixed-plan.ts';
import { scoreRowCount } from '../../src/scheduler/plan.ts';
import { Sequence } from '../../src/scheduler/sequence.ts';
import { tinyConfig, writeCheckpoint } from '../export/tiny-checkpoint.ts';
import { greedy, request, scoring } from '../support/engine.ts';
import { temporaryFolder } from '../support/folders.ts';
import { HostStream } from '../support/host-stream.ts';
import { largestError } from '../support/largest-error.ts';
import { type PagedTwin, pagedTwin } from '../support/paged.ts';
import { hostPagedBackend } from '../support/paged-on-host/backend.ts';

const config = { ...tinyConfig, width: 20, headCount: 4, contextLength: 60 };
const blockSize = 16;
const tableWidth = 4;
const mostSequences = 6;
const blockCount = mostSequences * tableWidth;
const checkpointDirectory = writeCheckpoint(path.join(temporaryFolder(), 'checkpoint'), config);
const checkpoint = openCheckpoint(checkpointDirectory);

let twin: PagedTwin;
let session: Session;
let stream: HostStream;
let lane: DevicePagedLane;
const models: PagedModel[] = [];

beforeAll(async () => {
  twin = await pagedTwin(checkpointDirectory, { blockSize });
  const options = { provider: { kind: 'cpu' }, threads: 2, configuration: {} } as const;
  session = openSession(twin.folder, twin.manifest, options);
});
afterAll(() => {
  for (const model of models) model.dispose();
  session.dispose();
  checkpoint.close();
});
beforeEach(() => {
  stream = new HostStream();
});

const places = {
  host: () => hostPagedBackend(session),
  device: () => onDevice(0),
  'device with replays': () => onDevice(64),
};

function onDevice(mostGraphs: number) {
  const onLane = (made: DevicePagedLane) => {
    lane = made;
  };
  return devicePagedBackend(session, stream, { mostGraphs, onLane });
}

function modelOn(place: keyof typeof places, stepTokens = 100): PagedModel {
  const options = { blockCount, stepTokens, mostSequences };
  const model = new PagedModel(places[place](), twin.manifest, options);
  models.push(model);
  return model;
}

/** The logits of every token of a text by itself, computed the slow way. */
function computed(ids: readonly number[]): Tensor {
  const param = (name: string) => ({ shape: checkpoint.shape(name), data: checkpoint.read(name) });
  return gpt2(eagerOps(), config, param, {
    inputIds: idTensor(ids),
    positionIds: idTensor([...ids.keys()]),
    logitsRows: idTensor([...ids.keys()]),
  }); // [ids, vocabulary]
}

function planOf(
  pieces: readonly Piece[],
  decodingCount = 0,
  copies: MixedPlan['copies'] = [],
): MixedPlan {
  const tokenCount = pieces.reduce((sum, { tokens }) => sum + tokens.length, 0);
  return { kind: 'mixed', pieces, pieceCount: pieces.length, decodingCount, tokenCount, copies };
}

const text = fc.array(fc.nat(config.vocabularySize - 1), {
  minLength: 1,
  maxLength: config.contextLength,
});
/** Which blocks there are, in any order. */
const anyOrder = fc.shuffledSubarray([...Array(blockCount).keys()], { minLength: blockCount });

describe.each(Object.keys(places) as (keyof typeof places)[])('on a %s', (place) => {
  test('each text has its own scores, however steps are made up', () => {
    const model = modelOn(place);
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: mostSequences }),
        anyOrder,
        fc.infiniteStream(fc.oneof(fc.constant(1), fc.nat(25))),
        (texts, order, cuts) => {
          const expected = texts.map(computed);
          const done = texts.map(() => 0);
          while (texts.some((ids, at) => done[at]! < ids.length)) {
            const pieces: Piece[] = [];
            const whose: number[] = [];
            let room = 100;
            texts.forEach((ids, index) => {
              const start = done[index]!;
              const wanted = cuts.next().value as number;
              const end = Math.min(ids.length, start + Math.min(wanted, room));
              if (end === start) return;
              room -= end - start;
              // Every token of half of the texts is scored, of the others the last.
              const asked = index % 2 === 0 ? scoring(index, ids, 1) : request(index, ids, 1);
              const sequence = new Sequence(asked);
              const tokens = sequence.promptIds.subarray(start, end);
              const blocks = Int32Array.from({ length: tableWidth }, (_, at) => {
                return at * blockSize < end ? order[index * tableWidth + at]! : -9;
              });
              const isLast = end === ids.length;
              pieces.push({ sequence, start, tokens, blocks, isLast, forks: [] });
              whose.push(index);
            });
            if (pieces.length === 0) continue;
            const scores = model.run(planOf(pieces));
            let scoreRow = 0;
            pieces.forEach((piece, at) => {
              const { start, tokens } = piece;
              const end = start + tokens.length;
              const logits = expected[whose[at]!]!;
              for (let position = end - scoreRowCount(piece); position < end; position++) {
                const own = row(logits, position);
                expect(largestError(scores.logitsRow(scoreRow), own)).toBeLessThan(1e-5);
                const best = scores.topIds[scoreRow * 64]!;
                expect(own[best]! - Math.max(...own)).toBeGreaterThan(-1e-4);
                scoreRow += 1;
              }
              done[whose[at]!] = end;
            });
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  test('what is copied from block to block goes on by itself', () => {
    const model = modelOn(place);
    const ids = Array.from({ length: 24 }, (_, at) => (at * 37 + 5) % 97);
    const sequence = new Sequence(request(1, ids, 4));
    const tokens = sequence.promptIds;
    const blocks = Int32Array.of(7, 2, -9, -9);
    model.run(planOf([{ sequence, start: 0, tokens, blocks, isLast: true, forks: [] }]));
    const piece = (token: number, table: Int32Array): Piece => {
      const one = Int32Array.of(token);
      return { sequence, start: 24, tokens: one, blocks: table, isLast: true, forks: [] };
    };
    const copies = [{ fromBlock: 2, toBlock: 11, tokenCount: 8 }];
    const pieces = [piece(3, blocks), piece(80, Int32Array.of(7, 11, -9, -9))];
    const scores = model.run(planOf(pieces, 2, copies));
    [3, 80].forEach((token, at) => {
      const own = row(computed([...ids, token]), 24);
      expect(largestError(scores.logitsRow(at), own)).toBeLessThan(1e-5);
    });
  });
});

test('a device carries one copy there and one back, of what the step needs', () => {
  const model = modelOn('device');
  const sequence = new Sequence(request(1, [1, 2, 3], 4));
  const blocks = Int32Array.of(3, -9, -9, -9);
  stream.copiedIn.length = 0;
  stream.copiedOut.length = 0;
  const piece = { sequence, start: 0, tokens: sequence.promptIds, blocks, isLast: true, forks: [] };
  const scores = model.run(planOf([piece]));
  // Ten inputs and four outputs, each in 256 bytes; ids of 64 candidates take two of them.
  expect(stream.copiedIn).toEqual([10 * 256]);
  expect(stream.copiedOut).toEqual([5 * 256]);
  expect(lane.stepBytes).toBe(15 * 256);
  scores.logitsRow(0);
  scores.logitsRow(0);
  expect(stream.copiedOut.slice(1)).toEqual([config.vocabularySize * 4]);
});

test('the first run asks for as much as any that comes', () => {
  const model = modelOn('device', 126);
  const [largest] = stream.copiedOut;
  stream.copiedOut.length = 0;
  // Each token is scored, and each sequence draws by a temperature.
  const sampling = { ...freeDraw, inverseTemperature: 0.5 };
  const pieces = Array.from({ length: mostSequences }, (_, at): Piece => {
    const sequence = new Sequence({ ...scoring(at, [...Array(21).keys()], 1), sampling });
    const blocks = Int32Array.of(2 * at, 2 * at + 1, -9, -9);
    return { sequence, start: 0, tokens: sequence.promptIds, blocks, isLast: true, forks: [] };
  });
  model.run(planOf(pieces));
  expect(stream.copiedOut[0]).toBe(largest);
});

test('steps of one token each take few sizes, and each of them is captured at the start', () => {
  const model = modelOn('device with replays');
  expect(lane.graphCount).toBe(2 * [1, 2, 4, 6].length - 1); // of one row there is one way to ask
  expect(lane.captureFailure).toBeNull();
  const sequences = Array.from({ length: 5 }, (_, id) => new Sequence(request(id, [id + 1], 4)));
  const pieces = sequences.slice(0, 3).map((sequence, at) => {
    const blocks = Int32Array.of(at, -9, -9, -9);
    return { sequence, start: 0, tokens: sequence.promptIds, blocks, isLast: true, forks: [] };
  });
  model.run(planOf(pieces));
  expect(lane.stepSequences).toBe(4);
  expect(lane.graphCount).toBe(7);
});

test('a model over rows is refused', () => {
  const { cache, ...rest } = twin.manifest;
  const { precision, headSize } = cache;
  const rows = { ...rest, cache: { precision, headSize, layout: 'rows' } } as const;
  const options = { blockCount, stepTokens: 100, mostSequences };
  expect(() => new PagedModel(hostPagedBackend(session), rows, options)).toThrow('has rows');
});

test('greedy requests ask for no normalizer, which a graph has all the same', () => {
  const model = modelOn('host');
  const sequence = new Sequence(request(1, [1, 2, 3], 4, greedy));
  const blocks = Int32Array.of(3, -9, -9, -9);
  const piece = { sequence, start: 0, tokens: sequence.promptIds, blocks, isLast: true, forks: [] };
  const scores = model.run(planOf([piece]));
  expect(scores.temperedLogNormalizers[0]).toBe(Number.POSITIVE_INFINITY);
});
