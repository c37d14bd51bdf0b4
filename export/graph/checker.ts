// Proves a graph before it is written: each value is made once, before it is used, with the type and
// shape its operator really gives it, and is used; inputs and outputs are those of the signature.
// What fails here is a mistake of ours, never of the checkpoint.

import type { Port, Signature } from '../../models/gpt2/signature.ts';
import { infer } from './inference.ts';
import type { Graph, Node, Shape, Value } from './ir.ts';
import type { Inferred } from './rule.ts';
import { sameShape, shown } from './sizes.ts';

export function checkGraph(graph: Graph, contract: Signature): void {
  requirePorts('input', graph.inputs, contract.inputs);
  requirePorts('output', graph.outputs, contract.outputs);

  const made = new Map<string, Inferred>();
  const define = (value: Value, contents: Shape | null = null) => {
    if (made.has(value.name)) throw new Error(`graph: ${value.name} is made twice`);
    made.set(value.name, { type: value.type, shape: value.shape, contents });
  };
  for (const value of graph.inputs) define(value);
  for (const { value, numbers } of graph.constants) define(value, numbers);
  for (const { value } of graph.parameters) define(value);

  const used = new Set(graph.outputs.map((value) => value.name));
  for (const node of graph.nodes) {
    const inferred = inferNode(node, made);
    node.inputs.forEach((value) => {
      if (value !== null) used.add(value.name);
    });
    node.outputs.forEach((value, at) => {
      if (value === null) return;
      requireClaim(value, inferred[at]);
      define(value, inferred[at]!.contents);
    });
  }
  for (const { name } of graph.outputs) {
    if (!made.has(name)) throw new Error(`graph: nothing makes the output ${name}`);
  }
  for (const name of made.keys()) {
    if (!used.has(name)) throw new Error(`graph: ${name} is never used`);
  }
}

function inferNode(node: Node, made: ReadonlyMap<string, Inferred>): readonly Inferred[] {
  const where = `graph: ${node.operator} ${node.outputs[0]?.name}`;
  const inputs = node.inputs.map((value) => {
    if (value === null) return null;
    const found = made.get(value.name);
    if (found === undefined) throw new Error(`${where} uses ${value.name} before it is made`);
    return found;
  });
  try {
    return infer(node, inputs);
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`);
  }
}

function requireClaim(value: Value, inferred: Inferred | undefined): void {
  if (inferred?.type === value.type && sameShape(inferred.shape, value.shape)) return;
  const claimed = `${value.type} ${shown(value.shape)}`;
  const real = inferred && `${inferred.type} ${shown(inferred.shape)}`;
  throw new Error(`graph: ${value.name} is said to be ${claimed}, but is ${real}`);
}

function requirePorts(kind: string, values: readonly Value[], ports: readonly Port[]): void {
  if (values.length !== ports.length) {
    throw new Error(`graph: ${values.length} ${kind}s, the signature has ${ports.length}`);
  }
  ports.forEach((port, at) => {
    const value = values[at]!;
    if (
      value.name === port.name &&
      value.type === port.type &&
      sameShape(value.shape, port.shape)
    ) {
      return;
    }
    const found = `${value.name} ${value.type} ${shown(value.shape)}`;
    const promised = `${port.name} ${port.type} ${shown(port.shape)}`;
    throw new Error(`graph: ${kind} ${at} is ${found}, the signature has ${promised}`);
  });
}
