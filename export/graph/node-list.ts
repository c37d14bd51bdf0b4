// The nodes of a graph that is rewritten: those that stay, and new ones with names and constants of their
// own.

import type { Attributes, Constant, Graph, Node, Shape, Value, ValueType } from './ir.ts';

export class NodeList {
  readonly #graph: Graph;
  readonly #nodes: Node[] = [];
  readonly #constants = new Map<string, Constant>();
  #madeCount = 0;

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  add(node: Node): void {
    this.#nodes.push(node);
  }

  /** A new node of ONNX's own; what it makes gets a name where it has none. */
  node(
    operator: string,
    inputs: readonly Value[],
    made: { readonly shape: Shape; readonly type?: ValueType; readonly name?: string },
    attributes: Attributes = {},
  ): Value {
    return this.nodes(operator, inputs, [made], attributes)[0]!;
  }

  nodes(
    operator: string,
    inputs: readonly Value[],
    made: readonly { readonly shape: Shape; readonly type?: ValueType; readonly name?: string }[],
    attributes: Attributes = {},
  ): readonly Value[] {
    const outputs = made.map(({ shape, type = 'int64', name = this.#fresh(operator) }) => {
      return { name, type, shape };
    });
    this.#nodes.push({ operator, domain: '', inputs, outputs, attributes });
    return outputs;
  }

  scalar(number: number, type: ValueType = 'int64'): Value {
    return this.#constant(type, [], [number]);
  }

  vector(numbers: readonly number[]): Value {
    return this.#constant('int64', [numbers.length], numbers);
  }

  /** What became of the graph. */
  graph(): Graph {
    const constants = [...this.#graph.constants, ...this.#constants.values()];
    return { ...this.#graph, constants, nodes: this.#nodes };
  }

  #constant(type: ValueType, shape: Shape, numbers: readonly number[]): Value {
    const key = `${type}[${shape}] ${numbers}`;
    let constant = this.#constants.get(key);
    if (constant === undefined) {
      constant = { value: { name: this.#fresh('constant'), type, shape }, numbers };
      this.#constants.set(key, constant);
    }
    return constant.value;
  }

  /** No name of a graph's own has a slash. */
  #fresh(operator: string): string {
    return `paged/${operator}_${this.#madeCount++}`;
  }
}
