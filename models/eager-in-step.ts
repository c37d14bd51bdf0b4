// Several sequences through one network side by side, so that each of its parameters is fetched, and
// prepared where that is needed, once for all of them. A value is one tensor of each sequence; every
// sequence has a vocabulary (and so a cache) of its own, and nothing passes between them.

import type { Tensor } from './eager-tensor.ts';
import type { Ops } from './ops.ts';

export type InStep = readonly Tensor[]; // one of each sequence

/** The words over `InStep`. A parameter is the same tensor for every sequence. */
export function inStep(words: readonly Ops<Tensor>[]): Ops<InStep> {
  const each = (word: (ops: Ops<Tensor>, at: number) => Tensor) => words.map(word);
  return {
    gather: (table, ids) => each((ops, at) => ops.gather(table[at]!, ids[at]!)),
    add: (a, b) => each((ops, at) => ops.add(a[at]!, b[at]!)),
    multiply: (a, b) => each((ops, at) => ops.multiply(a[at]!, b[at]!)),
    linear: (x, weight, bias) => each((ops, at) => ops.linear(x[at]!, weight[at]!, bias[at]!)),
    project: (x, table) => each((ops, at) => ops.project(x[at]!, table[at]!)),
    layerNorm: (x, weight, bias, epsilon) =>
      each((ops, at) => ops.layerNorm(x[at]!, weight[at]!, bias[at]!, epsilon)),
    activate: (x, activation) => each((ops, at) => ops.activate(x[at]!, activation)),
    selfAttention: (qkv, shape) => each((ops, at) => ops.selfAttention(qkv[at]!, shape)),
    logSumExp: (x) => each((ops, at) => ops.logSumExp(x[at]!)),
    pick: (x, ids) => each((ops, at) => ops.pick(x[at]!, ids[at]!)),
    topK: (x, count) => {
      const found = words.map((ops, at) => ops.topK(x[at]!, count));
      return { scores: found.map(({ scores }) => scores), ids: found.map(({ ids }) => ids) };
    },
    column: (x) => each((ops, at) => ops.column(x[at]!)),
  };
}
