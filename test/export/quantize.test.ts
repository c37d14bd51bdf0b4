import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibrateCache, madeUpSample } from '../../export/quantize/calibrate.ts';
import { quantized, scalesOf } from '../../export/quantize/int8.ts';
import type { Run, TensorData } from '../../export/verify-session.ts';
import { signatureVersion } from '../../models/gpt2/signature.ts';
import { presentKeyName, presentValueName } from '../../models/gpt2/signature-rows.ts';
import type { Manifest } from '../../models/manifest.ts';
import { tinyConfig } from './tiny-checkpoint.ts';

/** Weights of a size that checkpoints have; a scale of less than 1e-38 would be none. */
const magnitude = fc.float({ min: Math.fround(1e-6), max: 8, noNaN: true });
const weight = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(magnitude, fc.constantFrom(-1, 1)).map(([x, sign]) => x * sign),
  },
  { weight: 1, arbitrary: fc.constant(0) },
);

/** A matrix [rows, columns]. */
const matrix = fc
  .record({ rows: fc.integer({ min: 1, max: 9 }), columns: fc.integer({ min: 1, max: 9 }) })
  .chain(({ rows, columns }) =>
    fc.record({
      columns: fc.constant(columns),
      weights: fc
        .array(weight, { minLength: rows * columns, maxLength: rows * columns })
        .map((numbers) => Float32Array.from(numbers)),
    }),
  );

describe.each(['rows', 'columns'] as const)('weights in int8, outputs in %s', (outputs) => {
  const outputOf = (index: number, columns: number) =>
    outputs === 'rows' ? Math.floor(index / columns) : index % columns;

  /** Whatever is true of each output: its weights, their units, its scale. */
  function forEachOutput(
    holds: (weights: readonly number[], units: readonly number[], scale: number) => void,
  ): void {
    fc.assert(
      fc.property(matrix, ({ columns, weights }) => {
        const scales = scalesOf(weights, columns, outputs);
        const units = quantized(weights, columns, outputs);
        const count = outputs === 'rows' ? weights.length / columns : columns;
        expect([scales.length, units.length]).toEqual([count, weights.length]);
        scales.forEach((scale, output) => {
          const own = [...weights.keys()].filter((index) => outputOf(index, columns) === output);
          holds(
            own.map((index) => weights[index]!),
            own.map((index) => units[index]!),
            scale,
          );
        });
      }),
    );
  }

  test('each is within half a unit of what it was', () => {
    forEachOutput((weights, units, scale) => {
      weights.forEach((value, at) => {
        expect(Math.abs(value - units[at]! * scale)).toBeLessThanOrEqual(scale * 0.50002);
      });
    });
  });

  test("an output's largest is 127 or -127, and no unit is more", () => {
    forEachOutput((weights, units) => {
      if (weights.every((value) => value === 0)) return;
      expect(Math.max(...units.map(Math.abs))).toBe(127);
      const magnitudes = weights.map(Math.abs);
      const largest = magnitudes.indexOf(Math.max(...magnitudes));
      expect(units[largest]).toBe(weights[largest]! > 0 ? 127 : -127);
    });
  });

  test('zero stays zero', () => {
    forEachOutput((weights, units) => {
      weights.forEach((value, at) => {
        if (value === 0) expect(Math.abs(units[at]!)).toBe(0);
      });
    });
  });

  test('an output that has only zeros has scale 0', () => {
    const [weights, columns] = [Float32Array.of(0, 0, 0, 0, 0, 0), 3];
    expect([...scalesOf(weights, columns, outputs)].every((scale) => scale === 0)).toBe(true);
    expect([...quantized(weights, columns, outputs)].every((unit) => unit === 0)).toBe(true);
    forEachOutput((values, _, scale) => {
      expect(scale === 0).toBe(values.every((value) => value === 0));
    });
  });
});

describe("an int8 cache's scales", () => {
  const manifest: Manifest = {
    format: 'kvasir-artifact',
    signatureVersion,
    config: tinyConfig,
    parameterCount: 1,
    precision: 'fp32',
    cache: { precision: 'fp32', headSize: 8, layout: 'rows' },
    candidateCount: 10,
    tokenizer: 'ids',
    files: [{ name: 'model.onnx', bytes: 1, sha256: '0'.repeat(64) }],
  };
  const { headCount, contextLength, layerCount } = tinyConfig;
  const headSize = 8;
  const names = Array.from({ length: layerCount }, (_, layer) => [
    presentKeyName(layer),
    presentValueName(layer),
  ]).flat();
  const silentChannel = 5;

  /** A number for a token in a place; one channel of all is always zero. */
  function cached(name: string, token: number, at: number, head: number, channel: number): number {
    if (channel === silentChannel) return 0;
    return Math.sin(names.indexOf(name) * 31 + token * 7.3 + at * 1.7 + head * 5 + channel) * 4;
  }

  /** Caches made of their tokens, and past the sequence what must not be looked at. */
  const run: Run = async (inputs) => {
    const ids = Array.from(inputs.get('input_ids')!.data, Number);
    const shape = [1, headCount, contextLength, headSize];
    const outputs = new Map<string, TensorData>([
      ['logits', { type: 'float32', shape: [1, 1], data: new Float32Array(1) }],
    ]);
    for (const name of names) {
      const data = new Float32Array(headCount * contextLength * headSize).fill(1e6);
      for (let head = 0; head < headCount; head++) {
        ids.forEach((id, at) => {
          for (let channel = 0; channel < headSize; channel++) {
            const index = (head * contextLength + at) * headSize + channel;
            data[index] = cached(name, id, at, head, channel);
          }
        });
      }
      outputs.set(name, { type: 'float32', shape, data });
    }
    return outputs;
  };

  /** The largest that each channel of a sample takes. */
  function largest(name: string, sample: readonly number[]): number[] {
    return Array.from({ length: headCount * headSize }, (_, index) => {
      const [head, channel] = [Math.floor(index / headSize), index % headSize];
      const numbers = sample.map((id, at) => cached(name, id, at % contextLength, head, channel));
      return Math.max(...numbers.map(Math.abs));
    });
  }

  test.each([1, 15, 16, 17, 50])('hold a sample of %i tokens, and a tenth more', async (length) => {
    const sample = Array.from({ length }, (_, at) => (at * 13 + 2) % 97);
    const { keys, values } = await calibrateCache(manifest, run, sample);
    expect([keys.length, values.length]).toEqual([layerCount, layerCount]);
    for (let layer = 0; layer < layerCount; layer++) {
      const pairs = [
        [keys[layer]!, largest(presentKeyName(layer), sample)],
        [values[layer]!, largest(presentValueName(layer), sample)],
      ] as const;
      for (const [scales, most] of pairs) {
        expect(scales).toHaveLength(headCount * headSize);
        most.forEach((magnitude, channel) => {
          const reach = scales[channel]! * 127;
          expect(reach).toBeGreaterThan(magnitude);
          if (magnitude > 0) expect(reach / magnitude).toBeCloseTo(1.1, 5);
        });
      }
    }
  });

  test('are positive where a channel is always zero', async () => {
    const { keys } = await calibrateCache(manifest, run, [1, 2, 3]);
    expect(keys[0]![silentChannel]).toBeGreaterThan(0);
  });

  test('a made-up sample has ids of the vocabulary, of every kind', () => {
    const sample = madeUpSample(manifest);
    expect(sample).toHaveLength(4 * contextLength);
    expect(sample.every((id) => id >= 0 && id < tinyConfig.vocabularySize)).toBe(true);
    expect(new Set(sample).size).toBeGreaterThan(sample.length / 2);
  });
});
