// An ONNX file of one node, sum = a + b over [3] floats, written by the exporter's own encoder.

import type { Value } from '../../export/graph/ir.ts';
import { encodeModel } from '../../export/onnx/model.ts';

export function encodeGraph(): Uint8Array {
  const [a, b, sum] = ['a', 'b', 'sum'].map(
    (name): Value => ({ name, type: 'float32', shape: [3] }),
  ) as [Value, Value, Value];
  const node = {
    operator: 'Add',
    domain: '',
    inputs: [a, b],
    outputs: [sum],
    attributes: {},
  } as const;
  return encodeModel(
    { inputs: [a, b], outputs: [sum], constants: [], parameters: [], nodes: [node] },
    new Map(),
  );
}
