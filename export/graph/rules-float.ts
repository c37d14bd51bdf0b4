// What the operators of a GPT-2 make of their inputs, by ONNX's definitions and, for attention, ONNX
// Runtime's. Only what a GPT-2 uses is here: an attribute or a case beyond that is an error.

import type { Attributes, Shape } from './ir.ts';
import {
  contents,
  demand,
  floatShape,
  floats,
  type Inferred,
  integers,
  matrix,
  plain,
  type Rule,
} from './rule.ts';
import { quotient, sameCount, sameShape, sameSize, shown } from './sizes.ts';

const pairwise: Rule = {
  attributes: [],
  infer: ([a, b]) => {
    const shape = floatShape(a);
    const other = floatShape(b);
    const isColumn = shape.length === 2 && sameShape(other, [shape[0]!, 1]);
    const isRow = sameShape(other, shape.slice(-1));
    const fits = isColumn || isRow || other.length === 0 || sameShape(shape, other);
    demand(fits, `${shown(shape)} and ${shown(other)} do not fit`);
    return [floats(shape)];
  },
};

export const floatRules: Readonly<Record<string, Rule>> = {
  Add: pairwise,
  Sub: pairwise,
  Mul: pairwise,
  Gelu: {
    attributes: ['approximate'],
    infer: ([x], { approximate }) => {
      const known = ['tanh', 'none'].includes(String(approximate?.value));
      demand(known, 'whether gelu is exact must be said');
      return [floats(floatShape(x))];
    },
  },
  Relu: { attributes: [], infer: ([x]) => [floats(floatShape(x))] },
  LogSoftmax: {
    attributes: ['axis'],
    infer: ([x], { axis }) => {
      demand(axis?.value === -1, 'rows are normalized along the last axis');
      return [floats(floatShape(x))];
    },
  },
  Slice: {
    attributes: [],
    infer: ([x, starts, ends, axes]) => {
      const bounds = [starts, ends, axes].flatMap(contents);
      demand(sameShape(bounds, [0, 1, -1]), 'only the first entry along the last axis is taken');
      return [floats([...floatShape(x).slice(0, -1), 1])];
    },
  },
  Gather: {
    attributes: [],
    infer: ([table, ids]) => {
      demand(table!.type === 'float32' || table!.type === 'int8', 'rows of numbers are gathered');
      return [plain(table!.type, [...integers(ids), ...table!.shape.slice(1)])];
    },
  },
  Gemm: {
    attributes: ['transB'],
    infer: ([x, weight, bias], { transB }) => {
      const [rows, depth] = matrix(floatShape(x));
      const stored = matrix(floatShape(weight));
      const [weightDepth, width] = transB?.value === 1 ? [stored[1], stored[0]] : stored;
      demand(sameSize(depth, weightDepth), `depth ${depth} meets ${weightDepth}`);
      if (bias) demand(sameShape(floatShape(bias), [width]), `the bias is ${shown(bias.shape)}`);
      return [floats([rows, width])];
    },
  },
  LayerNormalization: {
    attributes: ['axis', 'epsilon'],
    infer: ([x, weight, bias], { axis, epsilon }) => {
      const shape = floatShape(x);
      demand(axis?.value === -1, 'the last axis is normalized');
      demand(Number(epsilon?.value) > 0, 'epsilon is positive');
      demand(sameShape(floatShape(weight), shape.slice(-1)), 'the weight has another width');
      demand(sameShape(floatShape(bias), shape.slice(-1)), 'the bias has another width');
      return [floats(shape)];
    },
  },
  Shape: {
    attributes: [],
    infer: ([x]) => [{ type: 'int64', shape: [x!.shape.length], contents: x!.shape }],
  },
  Concat: {
    attributes: ['axis'],
    infer: (parts, { axis }) => {
      demand(axis?.value === 0, 'vectors are joined along axis 0');
      const joined = parts.flatMap(contents);
      return [{ type: 'int64', shape: [joined.length], contents: joined }];
    },
  },
  Reshape: {
    attributes: [],
    infer: ([x, target]) => [plain(x!.type, reshaped(x!.shape, contents(target)))],
  },
  Unsqueeze: {
    attributes: [],
    infer: ([x, axes]) => {
      demand(x!.shape.length === 1 && sameShape(contents(axes), [1]), 'only [n] -> [n, 1]');
      return [plain(x!.type, [...x!.shape, 1])];
    },
  },
  Squeeze: {
    attributes: [],
    infer: ([x, axes]) => {
      const [rows, columns] = matrix(x!.shape);
      demand(columns === 1 && sameShape(contents(axes), [1]), 'only [n, 1] -> [n]');
      return [plain(x!.type, [rows])];
    },
  },
  GatherElements: {
    attributes: ['axis'],
    infer: ([x, ids], { axis }) => {
      const [rows] = matrix(floatShape(x));
      demand(axis?.value === 1, 'entries are picked along axis 1');
      demand(sameShape(integers(ids), [rows, 1]), 'one entry is picked of each row');
      return [floats([rows, 1])];
    },
  },
  TopK: {
    attributes: ['axis'],
    infer: ([x, k], { axis }) => {
      const [rows, columns] = matrix(floatShape(x));
      const [count] = contents(k);
      demand(axis?.value === -1, 'entries are sorted along the last axis');
      demand(Number(count) <= Number(columns), `${count} of ${columns} entries`);
      return [floats([rows, count!]), plain('int64', [rows, count!])];
    },
  },
  'com.microsoft.GroupQueryAttention': {
    attributes: [
      ...['num_heads', 'kv_num_heads', 'do_rotary', 'scale'],
      ...['k_quant_type', 'v_quant_type', 'kv_cache_bit_width'],
    ],
    infer: ([qkv, pastKey, pastValue, lengths, total, keyScale, valueScale], attributes) => {
      const [batch, tokens, packed] = floatShape(qkv);
      const cache = pastKey!.shape;
      const [, headCount, , headSize] = cache;
      const width = Number(headCount) * Number(headSize);
      demand(sameShape(cache, pastValue!.shape), 'keys and values differ in shape');
      demand(pastKey!.type === pastValue!.type, 'keys and values differ in type');
      requireScales(pastKey!, [keyScale, valueScale], attributes);
      demand(cache.length === 4 && sameSize(cache[0]!, batch!), `the cache is ${shown(cache)}`);
      demand(packed === 3 * width, `${packed} is not q, k and v of ${headCount} x ${headSize}`);
      demand(Number(headSize) % 8 === 0, `a head size of ${headSize} is no multiple of 8`);
      demand(sameShape(integers(lengths, 'int32'), [batch!]), 'one length for each sequence');
      demand(sameShape(integers(total, 'int32'), []), 'one total length');
      demand(attributes['num_heads']?.value === headCount, 'num_heads differs from the cache');
      demand(attributes['kv_num_heads']?.value === headCount, 'GPT-2 has as many kv heads');
      demand(attributes['do_rotary']?.value === 0, 'GPT-2 adds its positions outside');
      demand(Number(attributes['scale']?.value) > 0, 'the scale must be said: heads are padded');
      const present = plain(pastKey!.type, cache);
      return [floats([batch!, tokens!, width]), present, present];
    },
  },
};

/** An int8 cache has a scale for each channel of each head; a float32 one has none. */
function requireScales(
  { type, shape }: Inferred,
  scales: readonly (Inferred | undefined)[],
  { k_quant_type, v_quant_type, kv_cache_bit_width }: Attributes,
): void {
  if (type === 'float32') {
    const said = scales[0] ?? scales[1] ?? k_quant_type ?? v_quant_type ?? kv_cache_bit_width;
    demand(said === undefined, 'a float32 cache has no scales');
    return;
  }
  const [, headCount, , headSize] = shape;
  demand(type === 'int8' && kv_cache_bit_width?.value === 8, 'a cache is float32 or int8');
  for (const kind of [k_quant_type, v_quant_type]) {
    demand(kind?.value === 'PER_CHANNEL', 'channels have scales of their own');
  }
  for (const scale of scales) {
    const fits = sameShape(floatShape(scale), [1, headCount!, 1, headSize!]);
    demand(fits, 'one scale for each channel of each head');
  }
}

function reshaped(shape: Shape, target: Shape): Shape {
  const rest = target.filter((size) => size !== -1);
  if (rest.length === target.length) {
    demand(sameCount(shape, target), `${shown(shape)} cannot become ${shown(target)}`);
    return target;
  }
  const missing = quotient(shape, rest);
  if (missing === null || target.length - rest.length !== 1) {
    throw new Error(`${shown(shape)} cannot become ${shown(target)}`);
  }
  return target.map((size) => (size === -1 ? missing : size));
}
