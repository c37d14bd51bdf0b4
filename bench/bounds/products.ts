// Graphs of one product of matrices, in ONNX's own format, for measuring what the machine can do.
//
//   fp32   y [m, n] = x [m, k] · w [k, n]            w in the graph, so that it is packed once
//   int8   y [m, n] = uint8(x) [m, k] · w [k, n]     int32 sums; the cast is a thousandth of the work
//   bytes  y [1, n] = x [1, k] · w [k, n]            w from outside: read once, used once

import { ModelProto } from '../../export/onnx/schema.ts';

export interface Shape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** TensorProto.DataType, with what a model's own graph has no use for. */
const types = { float32: 1, uint8: 2, int8: 3, int32: 6 } as const;

type TypeName = keyof typeof types;

interface OneNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly to?: TypeName;
}

interface Initializer {
  readonly type: TypeName;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int8Array;
}

export function floatProduct({ m, k, n }: Shape): Uint8Array {
  const data = new Float32Array(k * n).map((_, index) => ((index * 37) % 101) / 101 - 0.5);
  return encode(
    [{ operator: 'MatMul', inputs: ['x', 'w'], output: 'y' }],
    { x: [m, k] },
    { type: 'float32', shape: [m, n] },
    { type: 'float32', shape: [k, n], data },
  );
}

export function integerProduct({ m, k, n }: Shape): Uint8Array {
  const data = new Int8Array(k * n).map((_, index) => ((index * 37) % 255) - 127);
  return encode(
    [
      { operator: 'Cast', inputs: ['x'], output: 'x_uint8', to: 'uint8' },
      { operator: 'MatMulInteger', inputs: ['x_uint8', 'w'], output: 'y' },
    ],
    { x: [m, k] },
    { type: 'int32', shape: [m, n] },
    { type: 'int8', shape: [k, n], data },
  );
}

export function streamedProduct({ m, k, n }: Shape): Uint8Array {
  return encode(
    [{ operator: 'MatMul', inputs: ['x', 'w'], output: 'y' }],
    { x: [m, k], w: [k, n] },
    { type: 'float32', shape: [m, n] },
    null,
  );
}

function encode(
  nodes: readonly OneNode[],
  inputs: Readonly<Record<string, readonly number[]>>,
  y: { readonly type: TypeName; readonly shape: readonly number[] },
  w: Initializer | null,
): Uint8Array {
  const model = {
    ir_version: 10,
    producer_name: 'kvasir-bench',
    opset_import: [{ domain: '', version: 21 }],
    graph: {
      name: 'product',
      node: nodes.map(encodeNode),
      initializer: w === null ? [] : [encodeInitializer(w)],
      input: Object.entries(inputs).map(([name, shape]) => port(name, 'float32', shape)),
      output: [port('y', y.type, y.shape)],
    },
  };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}

function encodeNode({ operator, inputs, output, to }: OneNode): object {
  const attribute = to === undefined ? [] : [{ name: 'to', type: 2, i: types[to] }];
  return {
    name: output,
    op_type: operator,
    domain: '',
    input: inputs,
    output: [output],
    attribute,
  };
}

function encodeInitializer({ type, shape, data }: Initializer): object {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name: 'w', dims: shape, data_type: types[type], raw_data: raw };
}

function port(name: string, type: TypeName, shape: readonly number[]): object {
  const dim = shape.map((size) => ({ dim_value: size }));
  return { name, type: { tensor_type: { elem_type: types[type], shape: { dim } } } };
}
