// A sound graph over no weights, and faults planted in it one at a time.

import type { Graph, Node, Value } from '../../export/graph/ir.ts';
import type { TensorShape } from '../../models/gpt2/weights.ts';

/** Weights that a graph is built over and nobody reads. */
export const unread = (shapes: ReadonlyMap<string, TensorShape>) => ({
  shape: (name: string) => shapes.get(name)!,
  read: (): never => {
    throw new Error('building a graph reads no weights');
  },
});

export function faultsIn(graph: Graph) {
  /** The first node of an operator, changed. */
  const withNode = (operator: string, change: (node: Node) => Node): Graph => {
    const at = graph.nodes.findIndex((node) => node.operator === operator);
    return { ...graph, nodes: graph.nodes.with(at, change(graph.nodes[at]!)) };
  };

  return {
    withNode,

    withAttributes: (operator: string, attributes: Node['attributes']) =>
      withNode(operator, (node) => ({
        ...node,
        attributes: { ...node.attributes, ...attributes },
      })),

    withInput: (operator: string, at: number, value: Value | null) =>
      withNode(operator, (node) => ({ ...node, inputs: node.inputs.with(at, value) })),

    withOutput: (operator: string, at: number, change: Partial<Value>) =>
      withNode(operator, (node) => ({
        ...node,
        outputs: node.outputs.with(at, { ...node.outputs[at]!, ...change }),
      })),

    /** What a parameter or a constant is said to be, changed. */
    withStored: (name: string, change: Partial<Value>): Graph => {
      const changed = <T extends { readonly value: Value }>(each: T): T =>
        each.value.name === name ? { ...each, value: { ...each.value, ...change } } : each;
      const parameters = graph.parameters.map(changed);
      const constants = graph.constants.map(changed);
      if (![...parameters, ...constants].some((each) => each.value.name === name)) {
        throw new Error(`${name} is not stored`);
      }
      return { ...graph, parameters, constants };
    },
  };
}
