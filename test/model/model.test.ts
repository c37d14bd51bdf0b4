// What the exported graph says, through the runtime that serves it, against an independent
// implementation's float64 numbers.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Model, ModelScores } from '../../src/model/model.ts';
import { notAsked } from '../../src/model/model-scores.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { Sequence } from '../../src/scheduler/sequence.ts';
import { greedy, request, TestBench } from '../support/engine.ts';
import { exportedStoryteller, oracle } from '../support/storyteller.ts';

let bench: TestBench;
let model: Model;
beforeAll(async () => {
  bench = new TestBench(await exportedStoryteller());
  model = bench.model({ rowCount: 3, chunkTokens: 1023 });
});
afterAll(() => bench.dispose());

/** Every difference is allowed this share of the row's largest magnitude. */
const tolerance = 1e-4;

function prefill(
  ids: readonly number[],
  row: number,
  start: number,
  end: number,
  sampling = greedy,
): ModelScores {
  const sequence = new Sequence(request(1, ids, 1, sampling));
  const tokens = sequence.promptIds.subarray(start, end);
  const isLast = end === ids.length;
  return model.run({
    kind: 'prefill',
    firstRow: row,
    copies: [],
    chunks: [{ sequence, start, tokens, isLast, forks: [] }],
    width: tokens.length,
  });
}

function largestError(found: ArrayLike<number>, expected: readonly number[]): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (
    expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0) / largest
  );
}

test.each(oracle.prompts.map((prompt, index) => [index, prompt] as const))(
  'the last logits of prompt %i are right',
  (_, prompt) => {
    const scores = prefill(prompt.ids, 1, 0, prompt.ids.length);
    expect(largestError(scores.logitsRow(0), prompt.last_logits)).toBeLessThan(tolerance);
    expect([...scores.topIds.subarray(0, 5)]).toEqual(prompt.top_ids.at(-1));
    expect(largestError(scores.topScores.subarray(0, 5), prompt.top_logits.at(-1)!)).toBeLessThan(
      tolerance,
    );
  },
);

test('the tempered normalizer is that of the logits it stands beside', () => {
  const { ids, last_logits: logits } = oracle.prompts[0]!;
  const scores = prefill(ids, 1, 0, ids.length, { ...freeDraw, inverseTemperature: 0.5 });
  const exact = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit * 0.5), 0));
  expect(scores.temperedLogNormalizers[0]!).toBeCloseTo(exact, 4);
});

test('a normalizer that nobody reads is not asked for', () => {
  const { ids } = oracle.prompts[0]!;
  const amongCandidates = { ...freeDraw, inverseTemperature: 0.5, topK: 40 };
  for (const sampling of [greedy, amongCandidates]) {
    const scores = prefill(ids, 1, 0, ids.length, sampling);
    expect(scores.temperedLogNormalizers[0]).toBe(notAsked);
    expect(scores.logNormalizers[0]).toBe(notAsked);
  }
});

test('a prompt of a thousand tokens is right at its end, in one piece', () => {
  const { ids, top_ids: topIds, top_logits: topLogits } = oracle.long;
  const scores = prefill(ids, 0, 0, ids.length);
  expect([...scores.topIds.subarray(0, 5)]).toEqual(topIds.at(-1));
  expect(largestError(scores.topScores.subarray(0, 5), topLogits.at(-1)!)).toBeLessThan(tolerance);
});

test('a prompt in chunks of two tokens or more gives the same bits as in one piece', () => {
  const { ids } = oracle.long;
  const whole = prefill(ids, 0, 0, ids.length).logitsRow(0).slice();
  for (const cuts of [[2], [500], [16, 18, 700], [333, 666, 998]]) {
    let start = 0;
    for (const end of [...cuts, ids.length]) {
      prefill(ids, 2, start, end);
      start = end;
    }
    const chunked = prefill(ids, 2, cuts.at(-1)!, ids.length).logitsRow(0);
    expect(Buffer.compare(bytes(chunked), bytes(whole))).toBe(0);
  }
});

test('prompts in one padded batch give the same bits as each alone, and go on so', () => {
  const lengths = [2, 37, 5, 3, 64, 63, 17];
  const batch = bench.model({ rowCount: 8, chunkTokens: 500 });
  const sequences = lengths.map((length, id) => {
    return new Sequence(request(id, oracle.long.ids.slice(11 * id, 11 * id + length), 3));
  });
  const chunkOf = (sequence: Sequence) => {
    return { sequence, start: 0, tokens: sequence.promptIds, isLast: true, forks: [] };
  };
  const logitsOf = (scores: ModelScores, count: number) =>
    Array.from({ length: count }, (_, row) => bytes(scores.logitsRow(row).slice()));
  const decode = (used: Model, firstRow: number, decoding: readonly Sequence[]) => {
    const held = Int32Array.from(decoding, ({ promptIds }) => promptIds.length);
    const scores = used.run({
      kind: 'decode',
      firstRow,
      rowCount: decoding.length,
      tokens: new Int32Array(decoding.length).fill(262),
      lengths: held,
      sequences: decoding,
      sequenceCount: decoding.length,
      totalLength: Math.max(...held) + 1,
      copies: [],
    });
    return logitsOf(scores, decoding.length);
  };
  const chunks = sequences.map(chunkOf);
  // What a row held before is of no consequence.
  prefill(oracle.long.ids, 1, 0, oracle.long.ids.length);
  const together = batch.run({ kind: 'prefill', firstRow: 1, copies: [], chunks, width: 64 });
  const prompts = logitsOf(together, chunks.length);
  const continuations = decode(batch, 1, sequences);
  sequences.forEach((sequence, index) => {
    const scores = prefill([...sequence.promptIds], 1, 0, sequence.promptIds.length);
    expect(Buffer.compare(logitsOf(scores, 1)[0]!, prompts[index]!)).toBe(0);
    const [continuation] = decode(model, 1, [sequence]);
    expect(Buffer.compare(continuation!, continuations[index]!)).toBe(0);
  });
});

function bytes(floats: Float32Array): Buffer {
  return Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);
}

test('a decoding row moved to another place goes on as if it had stayed', () => {
  const { ids } = oracle.prompts[1]!;
  const sequence = new Sequence(request(1, ids, 8));
  const decodeAt = (row: number, move: { fromRow: number } | null) =>
    model
      .run({
        kind: 'decode',
        firstRow: row,
        rowCount: 1,
        tokens: Int32Array.of(oracle.prompts[1]!.greedy_ids[0]!),
        lengths: Int32Array.of(ids.length),
        sequences: [sequence],
        sequenceCount: 1,
        totalLength: ids.length + 1,
        copies: move === null ? [] : [{ ...move, toRow: row, tokenCount: ids.length }],
      })
      .logitsRow(0)
      .slice();
  prefill(ids, 2, 0, ids.length);
  const stayed = decodeAt(2, null);
  const moved = decodeAt(0, { fromRow: 2 });
  expect(Buffer.compare(bytes(moved), bytes(stayed))).toBe(0);
});
