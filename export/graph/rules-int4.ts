// What the operator over weights in 4 bits makes of its inputs, by ONNX Runtime's definition. Only what
// int4 weights use is here.

import { demand, floatShape, floats, integers, matrix, type Rule } from './rule.ts';
import { sameShape, sameSize, shown } from './sizes.ts';

export const int4Rules: Readonly<Record<string, Rule>> = {
  'com.microsoft.MatMulNBits': {
    attributes: ['K', 'N', 'bits', 'block_size', 'accuracy_level'],
    infer: ([x, units, scales, zeros, bias], attributes) => {
      const [rows, depth] = matrix(floatShape(x));
      const { K, N, bits, block_size, accuracy_level } = attributes;
      // Others give one row other bits than many, or take activations in float32.
      demand(bits?.value === 4 && block_size?.value === 32, 'blocks are 32 numbers of 4 bits');
      demand(accuracy_level?.value === 4, 'rows are multiplied in int8');
      demand(sameSize(depth, Number(K?.value)), `depth ${depth} meets ${K?.value}`);
      const outputs = Number(N?.value);
      const blocks = Math.ceil(Number(K?.value) / 32);
      const places = [
        [integers(units, 'uint8'), [outputs, blocks, 16], 'units'],
        [floatShape(scales), [outputs, blocks], 'scales'],
        [integers(zeros, 'uint8'), [outputs, Math.ceil(blocks / 2)], 'zeros'],
        [floatShape(bias), [outputs], 'biases'],
      ] as const;
      for (const [found, expected, what] of places) {
        demand(
          sameShape(found, expected),
          `the ${what} are ${shown(found)}, not ${shown(expected)}`,
        );
      }
      return [floats([rows, outputs])];
    },
  },
};
