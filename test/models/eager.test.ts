// The reference itself, against literal numbers of implementations that nobody here wrote.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Checkpoint, openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { eagerOps } from '../../models/eager.ts';
import { Cache } from '../../models/eager-attention.ts';
import { idTensor, row, type Tensor, vector } from '../../models/eager-tensor.ts';
import { gpt2 } from '../../models/gpt2/gpt2.ts';
import { type Questions, scores } from '../../models/scores.ts';
import { sharedData } from '../support/folders.ts';
import { certainIds, oracle } from '../support/storyteller.ts';

/** Reads each tensor once. */
class Network {
  readonly #checkpoint: Checkpoint;
  readonly #tensors = new Map<string, Tensor>();

  constructor(directory: string) {
    this.#checkpoint = openCheckpoint(directory);
    afterAll(() => this.#checkpoint.close());
  }

  /** Logits of every token of a piece; what the cache holds comes before it. */
  run(ids: readonly number[], cache = new Cache(), start = 0): Tensor {
    const param = (name: string) => {
      const known = this.#tensors.get(name);
      if (known !== undefined) return known;
      const tensor = { shape: this.#checkpoint.shape(name), data: this.#checkpoint.read(name) };
      this.#tensors.set(name, tensor);
      return tensor;
    };
    return gpt2(eagerOps(cache), this.#checkpoint.config, param, {
      inputIds: idTensor(ids),
      positionIds: idTensor(ids.map((_, at) => start + at)),
      logitsRows: idTensor(ids.map((_, at) => at)),
    }); // [ids, vocabulary]
  }

  greedy(prompt: readonly number[], count: number): number[] {
    const cache = new Cache();
    const ids: number[] = [];
    let [piece, position] = [prompt, 0];
    while (ids.length < count) {
      const best = eagerOps().topK(this.run(piece, cache, position), 1);
      ids.push(best.ids.data.at(-1)!);
      position += piece.length;
      piece = ids.slice(-1);
    }
    return ids;
  }
}

describe('the built-in model', () => {
  const network = new Network(path.resolve('models/storyteller'));

  test.each(oracle.prompts.map((prompt, index) => [index, prompt] as const))(
    'has the logits of float64 transformers on prompt %i',
    (_, prompt) => {
      const logits = network.run(prompt.ids);
      const count = prompt.ids.length;
      const asked = scores(eagerOps(), logits, plainQuestions(prompt.ids), 5);
      expectClose(asked.logNormalizer.data, prompt.log_sum_exp, 6);
      expectClose(asked.topScores.data, prompt.top_logits.flat(), 6);
      expect([...asked.topIds.data]).toEqual(prompt.top_ids.flat());
      expectClose(row(logits, count - 1), prompt.last_logits, 5);
    },
  );

  test('continues through its cache with the same greedy ids', () => {
    const prompt = oracle.prompts[0]!;
    const ids = certainIds(prompt).slice(0, 12);
    expect(ids).toHaveLength(12);
    expect(network.greedy(prompt.ids, ids.length)).toEqual(ids);
  });

  test('gives a sequence in pieces what it gives it at once', () => {
    const { ids } = oracle.prompts[1]!;
    const cache = new Cache();
    const whole = network.run(ids);
    for (const [from, to] of [
      [0, 3],
      [3, 4],
      [4, ids.length],
    ] as const) {
      const piece = network.run(ids.slice(from, to), cache, from);
      for (let at = from; at < to; at++) expectClose(row(piece, at - from), row(whole, at), 10);
    }
  });
});

const vectors = sharedData('vectors/tiny_random_gpt2_onnx');
const why = vectors === null ? ' (skipped: ../shared/vectors is not here)' : '';

describe.skipIf(vectors === null)(`tiny-random-gpt2${why}`, () => {
  interface Expected {
    readonly greedy: readonly { input_ids: number[]; expected: number[] }[];
    readonly logits: readonly {
      input_ids: number[];
      last_row_first8: number[];
      argmax_per_position: number[];
      top5_last: [number, number][];
      mean_nll_shifted: number;
    }[];
  }
  const expected: Expected =
    vectors !== null && JSON.parse(readFileSync(path.join(vectors, 'expected.json'), 'utf8'));
  const network = vectors === null ? null : new Network(vectors);

  test('has the logits of float64 NumPy', () => {
    for (const literal of expected.logits) {
      const ids = literal.input_ids;
      const logits = network!.run(ids);
      const last = row(logits, ids.length - 1);
      expectClose(last.subarray(0, 8), literal.last_row_first8, 8);
      const best = eagerOps().topK(logits, 5);
      const argmax = ids.map((_, at) => row(best.ids, at)[0]);
      expect(argmax).toEqual(literal.argmax_per_position);
      expect([...row(best.ids, ids.length - 1)]).toEqual(literal.top5_last.map(([id]) => id));
      expectClose(
        row(best.scores, ids.length - 1),
        literal.top5_last.map(([, score]) => score),
        6,
      );
      expect(meanLoss(logits, ids)).toBeCloseTo(literal.mean_nll_shifted, 8);
    }
  });

  test("has the greedy ids of ONNX Runtime's own tests", () => {
    for (const { input_ids: ids, expected: text } of expected.greedy) {
      expect([...ids, ...network!.greedy(ids, text.length - ids.length)]).toEqual(text);
    }
  });
});

/** The normalizer of every row, and the score of a target in each. */
function plainQuestions(targets: readonly number[]): Questions<Tensor> {
  return {
    targetIds: idTensor(targets),
    normalizerRows: idTensor([...targets.keys()]),
    inverseTemperature: vector(targets.map(() => 1)),
  };
}

/** Of each id after the first, in nats. */
function meanLoss(logits: Tensor, ids: readonly number[]): number {
  const targets = [...ids.slice(1), 0];
  const asked = scores(eagerOps(), logits, plainQuestions(targets), 1);
  let sum = 0;
  for (let at = 0; at < ids.length - 1; at++) {
    sum += asked.logNormalizer.data[at]! - asked.targetScores.data[at]!;
  }
  return sum / (ids.length - 1);
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, digits: number): void {
  expect(found.length).toBe(expected.length);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(found[i]! - expected[i]!));
  }
  expect(largest).toBeLessThan(10 ** -digits);
}
