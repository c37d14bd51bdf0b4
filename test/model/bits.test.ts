// What may be computed together or apart, in pieces or at once, here or there, gives the same bits: in
// every number format of weights, and of keys and values.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../src/model/model.ts';
import { Sequence } from '../../src/scheduler/sequence.ts';
import { request, TestBench } from '../support/engine.ts';
import { decode, logitsOf, prefill } from '../support/steps.ts';
import { exportedStoryteller, formats, oracle } from '../support/storyteller.ts';

const { ids } = oracle.long;
const token = 262;

describe.each(Object.values(formats))('$precision, cache in $cachePrecision', (chosen) => {
  let bench: TestBench;
  let model: Model;
  beforeAll(async () => {
    bench = new TestBench(await exportedStoryteller(chosen));
    model = bench.model({ rowCount: 3, chunkTokens: 1023 });
  });
  afterAll(() => bench.dispose());

  test('a prompt in chunks of two tokens or more is as in one piece', () => {
    const [whole] = logitsOf(prefill(model, ids, 0, 0, ids.length), 1);
    for (const cuts of [[2], [500], [16, 18, 700], [333, 666, 998]]) {
      let start = 0;
      for (const end of cuts) {
        prefill(model, ids, 2, start, end);
        start = end;
      }
      const [chunked] = logitsOf(prefill(model, ids, 2, start, ids.length), 1);
      expect(Buffer.compare(chunked!, whole!), `cut at ${cuts}`).toBe(0);
    }
  });

  test('prompts in one padded batch are as each alone, and go on so', () => {
    const lengths = [2, 37, 5, 3, 64, 63, 17];
    const batch = bench.model({ rowCount: 8, chunkTokens: 500 });
    const sequences = lengths.map((length, id) => {
      return new Sequence(request(id, ids.slice(11 * id, 11 * id + length), 3));
    });
    const chunks = sequences.map((sequence) => {
      return { sequence, start: 0, tokens: sequence.promptIds, isLast: true, forks: [] };
    });
    // What a row held before is of no consequence.
    prefill(model, ids, 1, 0, ids.length);
    const together = batch.run({ kind: 'prefill', firstRow: 1, copies: [], chunks, width: 64 });
    const prompts = logitsOf(together, chunks.length);
    const continuations = logitsOf(decode(batch, 1, sequences, token), sequences.length);
    sequences.forEach((sequence, index) => {
      const { promptIds } = sequence;
      const [prompt] = logitsOf(prefill(model, [...promptIds], 1, 0, promptIds.length), 1);
      expect(Buffer.compare(prompt!, prompts[index]!), `prompt ${index}`).toBe(0);
      const [continuation] = logitsOf(decode(model, 1, [sequence], token), 1);
      expect(Buffer.compare(continuation!, continuations[index]!), `after ${index}`).toBe(0);
    });
  });

  test('a token that is decoded among others is as alone, however many they are', () => {
    const rowCount = 33;
    const many = bench.model({ rowCount, chunkTokens: 256 });
    const sequences = Array.from({ length: rowCount }, (_, row) => {
      const prompt = ids.slice(row, 2 * row + 2 + ((row * 37) % 190));
      prefill(many, prompt, row, 0, prompt.length);
      return new Sequence(request(row, prompt, 2));
    });
    const alone = sequences.map((sequence, row) => {
      return logitsOf(decode(many, row, [sequence], token), 1)[0]!;
    });
    for (const count of [2, 3, 4, 5, 8, 9, 16, 17, 32, 33]) {
      const together = logitsOf(decode(many, 0, sequences.slice(0, count), token), count);
      together.forEach((logits, row) => {
        expect(Buffer.compare(logits, alone[row]!), `row ${row} of ${count}`).toBe(0);
      });
    }
  });

  test('a decoding row that is copied to another place goes on as if it had stayed', () => {
    const sequence = new Sequence(request(1, ids.slice(0, 300), 8));
    const tokenCount = sequence.promptIds.length;
    prefill(model, [...sequence.promptIds], 2, 0, tokenCount);
    const [stayed] = logitsOf(decode(model, 2, [sequence], token), 1);
    const copies = [{ fromRow: 2, toRow: 0, tokenCount }];
    const [moved] = logitsOf(decode(model, 0, [sequence], token, copies), 1);
    expect(Buffer.compare(moved!, stayed!)).toBe(0);
  });
});
