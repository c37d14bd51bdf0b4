// What the operators of a GPT-2 make of their inputs, by ONNX's definitions and, for attention, ONNX
// Runtime's. Only what a GPT-2 uses is here: an attribute or a case beyond that is an error.

import type { Attributes, Shape, ValueType } from './ir.ts';
import {
  contents,
  demand,
  floatShape,
  floats,
  fractions,
  type Inferred,
  integers,
  matrix,
  plain,
  type Rule,
  shapeOf,
} from './rule.ts';
import { quotient, sameCount, sameShape, sameSize, shown } from './sizes.ts';

const pairwise: Rule = {
  attributes: [],
  infer: ([a, b]) => {
    const { type, shape } = fractions(a);
    const other = shapeOf(b, type);
    const isColumn = shape.length === 2 && sameShape(other, [shape[0]!, 1]);
    const isRow = sameShape(other, shape.slice(-1));
    const fits = isColumn || isRow || other.length === 0 || sameShape(shape, other);
    demand(fits, `${shown(shape)} and ${shown(other)} do not fit`);
    return [plain(type, shape)];
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
      return [fractions(x)];
    },
  },
  Relu: { attributes: [], infer: ([x]) => [fractions(x)] },
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
      const { type, shape } = fractions(x);
      const [start, end, axis] = [starts, ends, axes].flatMap(contents).map(Number);
      demand(axis === -1, 'only entries along the last axis are taken');
      const fits = 0 <= start! && start! < end! && end! <= Number(shape.at(-1));
      demand(fits, `entries ${start} to ${end} of ${shape.at(-1)}`);
      return [plain(type, [...shape.slice(0, -1), end! - start!])];
    },
  },
  Gather: {
    attributes: [],
    infer: ([table, ids]) => {
      const { type, shape } = table!.type === 'int8' ? table! : fractions(table);
      return [plain(type, [...integers(ids), ...shape.slice(1)])];
    },
  },
  Cast: {
    attributes: ['to'],
    infer: ([x], { to }) => {
      demand(to?.value === 1, 'what is cast becomes float32');
      return [floats(shapeOf(x, 'float16'))];
    },
  },
  MatMul: {
    attributes: [],
    infer: ([x, weight]) => {
      const { type, shape } = fractions(x);
      const [depth, width] = matrix(shapeOf(weight, type));
      demand(sameSize(shape.at(-1)!, depth), `depth ${shape.at(-1)} meets ${depth}`);
      return [plain(type, [...shape.slice(0, -1), width])];
    },
  },
  Gemm: {
    attributes: ['transB'],
    infer: ([x, weight, bias], { transB }) => {
      const { type, shape } = fractions(x);
      const [rows, depth] = matrix(shape);
      const stored = matrix(shapeOf(weight, type));
      const [weightDepth, width] = transB?.value === 1 ? [stored[1], stored[0]] : stored;
      demand(sameSize(depth, weightDepth), `depth ${depth} meets ${weightDepth}`);
      if (bias) demand(sameShape(shapeOf(bias, type), [width]), `the bias is ${shown(bias.shape)}`);
      return [plain(type, [rows, width])];
    },
  },
  LayerNormalization: {
    attributes: ['axis', 'epsilon'],
    infer: ([x, weight, bias], { axis, epsilon }) => {
      const { type, shape } = fractions(x);
      demand(axis?.value === -1, 'the last axis is normalized');
      demand(Number(epsilon?.value) > 0, 'epsilon is positive');
      demand(sameShape(shapeOf(weight, type), shape.slice(-1)), 'the weight has another width');
      demand(sameShape(shapeOf(bias, type), shape.slice(-1)), 'the bias has another width');
      return [plain(type, shape)];
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
      const { type, shape } = fractions(qkv);
      const [batch, tokens, packed] = shape;
      const cache = pastKey!.shape;
      const [, headCount, , headSize] = cache;
      const width = Number(headCount) * Number(headSize);
      demand(sameShape(cache, pastValue!.shape), 'keys and values differ in shape');
      demand(pastKey!.type === pastValue!.type, 'keys and values differ in type');
      requireScales(type, pastKey!, [keyScale, valueScale], attributes);
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
      return [plain(type, [batch!, tokens!, width]), present, present];
    },
  },
};

/** An int8 cache has a scale for each channel of each head; any other is as queries are, with none. */
function requireScales(
  queryType: ValueType,
  { type, shape }: Inferred,
  scales: readonly (Inferred | undefined)[],
  { k_quant_type, v_quant_type, kv_cache_bit_width }: Attributes,
): void {
  if (type === queryType) {
    const said = scales[0] ?? scales[1] ?? k_quant_type ?? v_quant_type ?? kv_cache_bit_width;
    demand(said === undefined, `a ${type} cache has no scales`);
    return;
  }
  const [, headCount, , headSize] = shape;
  demand(type === 'int8' && kv_cache_bit_width?.value === 8, `a cache is ${queryType} or int8`);
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
