// A graph as the bytes of model.onnx. Parameters are not in it: it says where they lie in the
// external data file, so that a runtime can map them instead of reading them.

import type { Attribute, Constant, Graph, Node, Parameter, Value } from '../graph/ir.ts';
import { arrays, attributeTypes, dataTypes, externalLocation, ModelProto } from './schema.ts';

/** IR 10 and opset 21 are the newest that ONNX Runtime 1.20 and later all read. */
const irVersion = 10;
const operatorSets = [
  { domain: '', version: 21 },
  { domain: 'com.microsoft', version: 1 },
];

export interface Location {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

export function encodeModel(graph: Graph, locations: ReadonlyMap<Parameter, Location>): Uint8Array {
  const external = graph.parameters.map((parameter) => {
    const location = locations.get(parameter);
    if (location === undefined) throw new Error(`${parameter.value.name} was not written`);
    return externalTensor(parameter.value, location);
  });
  const model = {
    ir_version: irVersion,
    producer_name: 'kvasir',
    opset_import: operatorSets,
    graph: {
      name: 'gpt2',
      node: graph.nodes.map(node),
      initializer: [...graph.constants.map(inlineTensor), ...external],
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
    },
  };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}

function node(node: Node): object {
  return {
    // What a node makes names it: profiles and error messages then say where in the network it is.
    name: node.outputs[0]!.name,
    op_type: node.operator,
    domain: node.domain,
    input: node.inputs.map((value) => value?.name ?? ''),
    output: node.outputs.map((value) => value?.name ?? ''),
    attribute: Object.entries(node.attributes).map(attribute),
  };
}

function attribute([name, { kind, value }]: [string, Attribute]): object {
  const type = attributeTypes[kind];
  switch (kind) {
    case 'int':
      return { name, type, i: value };
    case 'float':
      return { name, type, f: value };
    case 'string':
      return { name, type, s: new TextEncoder().encode(value) };
  }
}

function valueInfo({ name, type, shape }: Value): object {
  const dim = shape.map((size) =>
    typeof size === 'number' ? { dim_value: size } : { dim_param: size },
  );
  return { name, type: { tensor_type: { elem_type: dataTypes[type], shape: { dim } } } };
}

function inlineTensor({ value, numbers }: Constant): object {
  const raw =
    value.type === 'int64' ? BigInt64Array.from(numbers, BigInt) : arrays[value.type].from(numbers);
  return {
    name: value.name,
    dims: value.shape,
    data_type: dataTypes[value.type],
    raw_data: new Uint8Array(raw.buffer),
  };
}

function externalTensor(value: Value, { file, offset, bytes }: Location): object {
  return {
    name: value.name,
    dims: value.shape,
    data_type: dataTypes[value.type],
    data_location: externalLocation,
    external_data: [
      { key: 'location', value: file },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(bytes) },
    ],
  };
}
