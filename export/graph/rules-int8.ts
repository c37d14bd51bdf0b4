// What the operators over whole numbers make of their inputs, by ONNX's definitions and, for the
// products, ONNX Runtime's. Only what int8 weights use is here.

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
import { sameShape, sameSize, shown } from './sizes.ts';

export const int8Rules: Readonly<Record<string, Rule>> = {
  Abs: {
    attributes: [],
    infer: ([x]) => [floats(floatShape(x))],
  },
  ReduceMax: {
    attributes: ['keepdims'],
    infer: ([x, axes], { keepdims }) => {
      const [rows] = matrix(floatShape(x));
      demand(keepdims?.value === 1 && sameShape(contents(axes), [1]), 'only [n, m] -> [n, 1]');
      return [floats([rows, 1])];
    },
  },
  Max: {
    attributes: [],
    infer: ([x, least]) => {
      demand(sameShape(floatShape(least), []), 'the least is one number');
      return [floats(floatShape(x))];
    },
  },
  Expand: {
    attributes: [],
    infer: ([x, shape]) => {
      demand(sameShape(x!.shape, []), 'one number is spread');
      return [plain(x!.type, contents(shape))];
    },
  },
  QuantizeLinear: {
    attributes: ['axis', 'block_size'],
    infer: ([x, scale, zero], { axis, block_size }) => {
      const [rows, columns] = matrix(floatShape(x));
      demand(axis?.value === 1 && block_size?.value === columns, 'a row is a block');
      demand(sameShape(floatShape(scale), [rows, 1]), `the scale is ${shown(scale!.shape)}`);
      demand(sameShape(integers(zero, 'uint8'), [rows, 1]), `the zero is ${shown(zero!.shape)}`);
      return [plain('uint8', x!.shape)];
    },
  },
  DequantizeLinear: {
    attributes: ['axis'],
    infer: ([x, scale], { axis }) => {
      const [rows] = matrix(integers(x, 'int8'));
      demand(axis?.value === 0, 'rows have scales');
      demand(sameShape(floatShape(scale), [rows]), `the scale is ${shown(scale!.shape)}`);
      return [floats(x!.shape)];
    },
  },
  'com.microsoft.MatMulIntegerToFloat': {
    attributes: [],
    infer: ([x, weight, xScale, weightScale, xZero]) => {
      const [rows, depth] = matrix(integers(x, 'uint8'));
      const [weightDepth, width] = matrix(integers(weight, 'int8'));
      demand(sameSize(depth, weightDepth), `depth ${depth} meets ${weightDepth}`);
      requireScalars(xScale, xZero);
      demand(sameShape(floatShape(weightScale), [width]), 'one scale for each output');
      return [floats([rows, width])];
    },
  },
  'com.microsoft.QGemm': {
    attributes: ['transB', 'alpha'],
    infer: ([x, xScale, xZero, weight, weightScale, weightZero], { transB, alpha }) => {
      const [rows, depth] = matrix(integers(x, 'uint8'));
      const [width, weightDepth] = matrix(integers(weight, 'int8'));
      demand(transB?.value === 1 && alpha?.value === 1, 'x · Wᵀ, and no factor');
      demand(sameSize(depth, weightDepth), `depth ${depth} meets ${weightDepth}`);
      requireScalars(xScale, xZero);
      demand(sameShape(floatShape(weightScale), [width]), 'one scale for each output');
      demand(sameShape(integers(weightZero, 'int8'), [width]), 'one zero for each output');
      return [floats([rows, width])];
    },
  },
};

/** Rows are multiplied with scales of their own afterwards. */
function requireScalars(scale: Inferred | undefined, zero: Inferred | undefined): void {
  demand(sameShape(floatShape(scale), []), 'one scale for all activations');
  demand(sameShape(integers(zero, 'uint8'), []), 'one zero for all activations');
}
