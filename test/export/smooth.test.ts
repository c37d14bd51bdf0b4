import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WeightSource } from '../../export/checkpoint/checkpoint.ts';
import { smoothed } from '../../export/quantize/smooth.ts';
import { eagerOps } from '../../models/eager.ts';
import { idTensor } from '../../models/eager-tensor.ts';
import type { Gpt2Config } from '../../models/gpt2/config.ts';
import { gpt2 } from '../../models/gpt2/gpt2.ts';
import { weightShapes } from '../../models/gpt2/weights.ts';
import { withOutliers } from '../support/outliers.ts';
import { randomTensors, tinyConfig } from './tiny-checkpoint.ts';

const config = { ...tinyConfig, vocabularySize: 11 };

function source(ofConfig: Gpt2Config = config): WeightSource {
  const shapes = weightShapes(ofConfig);
  const tensors = randomTensors(ofConfig);
  return {
    shape: (name) => shapes.get(name)!,
    read: (name) => {
      const { buffer, byteOffset, byteLength } = tensors.get(name)!.bytes;
      return new Float32Array(buffer as ArrayBuffer, byteOffset, byteLength / 4);
    },
  };
}

function logits(weights: WeightSource, ofConfig: Gpt2Config = config) {
  const ids = idTensor([3, 1, 4, 1, 5, 9, 2, 6]);
  const positions = idTensor([...ids.data.keys()]);
  const param = (name: string) => ({ shape: weights.shape(name), data: weights.read(name) });
  const inputs = { inputIds: ids, positionIds: positions, logitsRows: positions };
  return gpt2(eagerOps(), ofConfig, param, inputs).data;
}

test.each([
  config,
  { ...config, innerWidth: 7, activation: 'relu' as const },
  { ...config, headCount: 4, headWeight: 'lm_head.weight' as const },
])('the network is the same to the last bit, inner width $innerWidth', (ofConfig) => {
  const plain = source(ofConfig);
  expect(logits(smoothed(ofConfig, plain), ofConfig)).toEqual(logits(plain, ofConfig));
});

test('whichever channels are made large, it is the same network', () => {
  const plain = source();
  const expected = logits(plain);
  const channel = fc.integer({ min: 0, max: config.width - 1 });
  const size = fc.integer({ min: -8, max: 8 }).map((exponent) => 2 ** exponent);
  fc.assert(
    fc.property(fc.array(fc.tuple(channel, size)), (sizes) => {
      const large = withOutliers(plain, new Map(sizes));
      expect(logits(large)).toEqual(expected);
      expect(logits(smoothed(config, large))).toEqual(expected);
    }),
    { numRuns: 20 },
  );
});

test('what was made large, and what reads it, come back to where they would be without', () => {
  const plain = smoothed(config, source());
  const sizes = new Map([
    [2, 64],
    [17, 1 / 256],
  ]);
  const large = smoothed(config, withOutliers(source(), sizes));
  for (const name of weightShapes(config).keys()) {
    const expected = plain.read(name);
    // The median may be another channel's now, and a factor the next power of two.
    large.read(name).forEach((value, at) => {
      expect([0.5, 1, 2], name).toContain(value / expected[at]!);
    });
  }
});

test("no channel's proportion to its row is further from the median than a factor of two", () => {
  const sizes = new Map([
    [5, 50],
    [6, 1 / 50],
  ]);
  const weights = smoothed(config, withOutliers(source(), sizes));
  for (const [norm, reader] of [
    ['h.1.ln_1', 'h.1.attn.c_attn'],
    ['h.1.ln_2', 'h.1.mlp.c_fc'],
  ]) {
    const [gain, bias] = [weights.read(`${norm}.weight`), weights.read(`${norm}.bias`)];
    const matrix = weights.read(`${reader}.weight`);
    const columns = matrix.length / config.width;
    const proportions = Array.from(gain, (by, channel) => {
      const row = matrix.subarray(channel * columns, (channel + 1) * columns);
      const size = 3 * Math.abs(by) + Math.abs(bias[channel]!);
      return size / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / columns);
    });
    expect(Math.max(...proportions) / Math.min(...proportions)).toBeLessThan(4.01);
  }
});

test('channels that are always zero, and those that nothing reads, stay as they are', () => {
  const plain = source();
  const zeros: WeightSource = {
    ...plain,
    read: (name) => {
      const data = plain.read(name).slice();
      if (/ln_1/.test(name)) data.fill(0);
      if (/mlp\.c_fc\.weight/.test(name)) data.fill(0);
      return data;
    },
  };
  const weights = smoothed(config, zeros);
  for (const name of ['h.0.ln_1.weight', 'h.0.ln_2.weight', 'h.0.mlp.c_fc.weight']) {
    expect(weights.read(name)).toEqual(zeros.read(name));
  }
  expect(logits(weights).every(Number.isFinite)).toBe(true);
});

test('what the source keeps is not changed', () => {
  const plain = source();
  const before = plain.read('h.0.attn.c_attn.weight').slice();
  smoothed(config, plain).read('h.0.attn.c_attn.weight');
  expect(plain.read('h.0.attn.c_attn.weight')).toEqual(before);
});
