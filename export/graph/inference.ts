// What each operator makes of its inputs, by ONNX's definitions and, for attention, ONNX Runtime's:
// types, shapes, and the contents of the small vectors that say shapes. Written from the operators'
// side alone, so that a wrong claim of the builder's meets a second opinion in the checker.
// Only what a GPT-2 uses is here: an operator, an attribute or a case beyond that is an error.

import type { ElementType } from '../../models/gpt2/signature.ts';
import type { Attributes, Node, Shape, Size } from './ir.ts';
import { quotient, sameCount, sameShape, sameSize, shown } from './sizes.ts';

export interface Inferred {
  readonly type: ElementType;
  readonly shape: Shape;
  /** The numbers themselves, where the vector says a shape, axes or a count. */
  readonly contents: Shape | null;
}

interface Rule {
  /** The attributes the rule understands, all of them. */
  readonly attributes: readonly string[];
  readonly infer: (inputs: readonly Inferred[], attributes: Attributes) => readonly Inferred[];
}

export function infer(node: Node, inputs: readonly (Inferred | null)[]): readonly Inferred[] {
  const name = node.domain === '' ? node.operator : `${node.domain}.${node.operator}`;
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule === undefined) throw new Error(`the operator ${name} is not known here`);
  const unknown = Object.keys(node.attributes).find((key) => !rule.attributes.includes(key));
  if (unknown !== undefined) throw new Error(`the attribute ${unknown} is not known here`);
  const present = inputs.filter((input) => input !== null);
  return rule.infer(present, node.attributes);
}

const plain = (type: ElementType, shape: Shape): Inferred => ({ type, shape, contents: null });
const floats = (shape: Shape): Inferred => plain('float32', shape);

const pairwise: Rule = {
  attributes: [],
  infer: ([a, b]) => {
    const shape = floatShape(a);
    const other = floatShape(b);
    const isColumn = shape.length === 2 && sameShape(other, [shape[0]!, 1]);
    demand(isColumn || sameShape(shape, other), `${shown(shape)} and ${shown(other)} do not fit`);
    return [floats(shape)];
  },
};

const rules: Readonly<Record<string, Rule>> = {
  Add: pairwise,
  Sub: pairwise,
  Mul: pairwise,
  Gelu: {
    attributes: ['approximate'],
    infer: ([x], { approximate }) => {
      demand(approximate?.value === 'tanh', 'GPT-2 has the tanh approximation');
      return [floats(floatShape(x))];
    },
  },
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
      const [, width] = matrix(floatShape(table));
      return [floats([...integers(ids), width])];
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
    attributes: ['num_heads', 'kv_num_heads', 'do_rotary', 'scale'],
    infer: ([qkv, pastKey, pastValue, lengths, total], attributes) => {
      const [batch, tokens, packed] = floatShape(qkv);
      const cache = floatShape(pastKey);
      const [, headCount, , headSize] = cache;
      const width = Number(headCount) * Number(headSize);
      demand(sameShape(cache, floatShape(pastValue)), 'keys and values differ in shape');
      demand(cache.length === 4 && sameSize(cache[0]!, batch!), `the cache is ${shown(cache)}`);
      demand(packed === 3 * width, `${packed} is not q, k and v of ${headCount} x ${headSize}`);
      demand(Number(headSize) % 8 === 0, `a head size of ${headSize} is no multiple of 8`);
      demand(sameShape(integers(lengths, 'int32'), [batch!]), 'one length for each sequence');
      demand(sameShape(integers(total, 'int32'), []), 'one total length');
      demand(attributes['num_heads']?.value === headCount, 'num_heads differs from the cache');
      demand(attributes['kv_num_heads']?.value === headCount, 'GPT-2 has as many kv heads');
      demand(attributes['do_rotary']?.value === 0, 'GPT-2 adds its positions outside');
      demand(Number(attributes['scale']?.value) > 0, 'the scale must be said: heads are padded');
      return [floats([batch!, tokens!, width]), floats(cache), floats(cache)];
    },
  },
};

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

function floatShape(x: Inferred | undefined): Shape {
  if (x?.type !== 'float32') throw new Error(`float32 is needed, not ${x?.type}`);
  return x.shape;
}

function integers(x: Inferred | undefined, type: ElementType = 'int64'): Shape {
  if (x?.type !== type) throw new Error(`${type} is needed, not ${x?.type}`);
  return x.shape;
}

function contents(x: Inferred | undefined): Shape {
  if (x?.contents == null) throw new Error('a vector of known contents is needed');
  return x.contents;
}

function matrix(shape: Shape): readonly [rows: Size, columns: Size] {
  if (shape.length !== 2) throw new Error(`a matrix is needed, not ${shown(shape)}`);
  return [shape[0]!, shape[1]!];
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
