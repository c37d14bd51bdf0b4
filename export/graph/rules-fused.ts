// What the operators that ONNX Runtime fused for itself make of their inputs: several of ONNX's in one
// kernel. Only what a GPT-2 uses is here.

import { demand, floats, fractions, plain, type Rule, shapeOf } from './rule.ts';
import { sameShape, shown } from './sizes.ts';

export const fusedRules: Readonly<Record<string, Rule>> = {
  'com.microsoft.SkipLayerNormalization': {
    attributes: ['epsilon'],
    infer: ([x, skip, weight, bias, skipBias], { epsilon }) => {
      const { type, shape } = fractions(x);
      const width = shape.slice(-1);
      demand(shape.length === 2 || shape.length === 3, `${shown(shape)} has no 2 or 3 axes`);
      demand(sameShape(shapeOf(skip, type), shape), `the skip is ${shown(skip!.shape)}`);
      demand(sameShape(shapeOf(weight, type), width), 'the weight has another width');
      demand(sameShape(shapeOf(bias, type), width), 'the bias has another width');
      if (skipBias) demand(sameShape(shapeOf(skipBias, type), width), "the skip's bias differs");
      demand(Number(epsilon?.value) > 0, 'epsilon is positive');
      const statistic = floats([...shape.slice(0, -1), 1]);
      return [plain(type, shape), statistic, statistic, plain(type, shape)];
    },
    leastOutputs: 1,
  },
  'com.microsoft.FastGelu': {
    attributes: [],
    infer: ([x, bias]) => {
      const { type, shape } = fractions(x);
      if (bias)
        demand(sameShape(shapeOf(bias, type), shape.slice(-1)), 'the bias has another width');
      return [plain(type, shape)];
    },
  },
};
