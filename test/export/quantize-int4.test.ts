import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blockLength, int4Weights } from '../../export/quantize/int4.ts';
import { Cache } from '../../models/eager-attention.ts';
import { int4Ops } from '../../models/eager-int4.ts';
import { vector } from '../../models/eager-tensor.ts';

const magnitude = fc.float({ min: Math.fround(1e-6), max: 8, noNaN: true });
const weight = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(magnitude, fc.constantFrom(-1, 1)).map(([x, sign]) => x * sign),
  },
  { weight: 1, arbitrary: fc.constant(0) },
);

/** A matrix [depth, outputs]; some have blocks that are not full, some more than a tile of outputs. */
const matrix = fc
  .record({ depth: fc.integer({ min: 1, max: 70 }), outputs: fc.integer({ min: 1, max: 5 }) })
  .chain(({ depth, outputs }) =>
    fc.record({
      depth: fc.constant(depth),
      outputs: fc.constant(outputs),
      weights: fc
        .array(weight, { minLength: depth * outputs, maxLength: depth * outputs })
        .map((numbers) => Float32Array.from(numbers)),
    }),
  );

type Matrix = typeof matrix extends fc.Arbitrary<infer T> ? T : never;

/** What is stored, read as MatMulNBits defines it: [depth, outputs]. */
function restored({ depth, outputs, weights }: Matrix): Float64Array {
  const { units, scales, zeros } = int4Weights(weights, outputs);
  const blocks = Math.ceil(depth / 32);
  expect(units.length).toBe(outputs * blocks * 16);
  expect(scales.length).toBe(outputs * blocks);
  expect(zeros.length).toBe(outputs * Math.ceil(blocks / 2));
  const nibble = (bytes: Uint8Array, start: number, at: number) =>
    at % 2 === 0 ? bytes[start + at / 2]! & 15 : bytes[start + (at - 1) / 2]! >> 4;
  return Float64Array.from(weights, (_, index) => {
    const [i, output] = [Math.floor(index / outputs), index % outputs];
    const [block, at] = [Math.floor(i / 32), i % 32];
    const unit = nibble(units, (output * blocks + block) * 16, at);
    const zero = nibble(zeros, output * Math.ceil(blocks / 2), block);
    return (unit - zero) * scales[output * blocks + block]!;
  });
}

/** The squared error of each block: [blocks, outputs]. */
function squaredErrors(
  { outputs, weights }: Matrix,
  found: ArrayLike<number>,
): Map<string, number> {
  const errors = new Map<string, number>();
  weights.forEach((value, index) => {
    const block = `${Math.floor(index / outputs / blockLength)} ${index % outputs}`;
    errors.set(block, (errors.get(block) ?? 0) + (value - found[index]!) ** 2);
  });
  return errors;
}

/** Plain rounding: the range divided by 15, zero where it falls. */
function rounded({ depth, outputs, weights }: Matrix): Float64Array {
  const result = new Float64Array(weights.length);
  for (let output = 0; output < outputs; output++) {
    for (let first = 0; first < depth; first += 32) {
      const places = Array.from({ length: Math.min(32, depth - first) }, (_, at) => {
        return (first + at) * outputs + output;
      });
      const values = places.map((place) => weights[place]!);
      const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
      const step = (high - low) / 15 || 1;
      const zero = Math.round(-low / step);
      for (const place of places) {
        const unit = Math.min(15, Math.max(0, Math.round(weights[place]! / step) + zero));
        result[place] = (unit - zero) * step;
      }
    }
  }
  return result;
}

test('no block is further from its weights than plain rounding would leave it', () => {
  fc.assert(
    fc.property(matrix, (matrix) => {
      const plain = squaredErrors(matrix, rounded(matrix));
      for (const [block, error] of squaredErrors(matrix, restored(matrix))) {
        expect(error).toBeLessThanOrEqual(plain.get(block)! * (1 + 1e-6) + 1e-12);
      }
    }),
  );
});

test('what is stored is what the slow twin makes of the same weights', () => {
  fc.assert(
    fc.property(matrix, (matrix) => {
      const { depth, outputs, weights } = matrix;
      // A row that has 127 in one place and nothing else reads that place's weights.
      const rows = Float64Array.from({ length: depth * depth }, (_, at) => {
        return at % (depth + 1) === 0 ? 127 : 0;
      });
      const read = int4Ops(new Cache(), new Set(), 8).linear(
        { shape: [depth, depth], data: rows },
        { shape: [depth, outputs], data: weights },
        vector(new Array(outputs).fill(0)),
      );
      const found = restored(matrix);
      read.data.forEach((value, at) => {
        expect(value / 127).toBeCloseTo(found[at]!, 10);
      });
    }),
  );
});

test('zero stays zero, and a block of zeros has scale 0', () => {
  fc.assert(
    fc.property(matrix, (matrix) => {
      const found = restored(matrix);
      matrix.weights.forEach((value, at) => {
        if (value === 0) expect(Math.abs(found[at]!)).toBe(0);
      });
    }),
  );
  const { scales, units } = int4Weights(new Float32Array(40), 1);
  expect([...scales]).toEqual([0, 0]);
  expect(new Set(units)).toEqual(new Set([0x88]));
});

test('a matrix of many outputs is the same as its columns one by one', () => {
  const [depth, outputs] = [45, 150]; // more than two tiles
  const weights = Float32Array.from({ length: depth * outputs }, (_, at) => Math.sin(at * at));
  const whole = restored({ depth, outputs, weights });
  for (let output = 0; output < outputs; output++) {
    const column = weights.filter((_, at) => at % outputs === output);
    const alone = restored({ depth, outputs: 1, weights: column });
    expect(whole.filter((_, at) => at % outputs === output)).toEqual(alone);
  }
});
