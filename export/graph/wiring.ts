// Who makes each value of a graph and who reads it, for passes that replace nodes by others.

import type { Graph, Node, Value } from './ir.ts';

export class Wiring {
  readonly #makers = new Map<string, Node>();
  readonly #readers = new Map<string, Node[]>();
  readonly #outputs: ReadonlySet<string>;
  readonly #parameters: ReadonlySet<string>;

  constructor(graph: Graph) {
    this.#outputs = new Set(graph.outputs.map(({ name }) => name));
    this.#parameters = new Set(graph.parameters.map(({ value }) => value.name));
    for (const node of graph.nodes) {
      for (const value of node.outputs) if (value !== null) this.#makers.set(value.name, node);
      for (const value of node.inputs) {
        if (value === null) continue;
        const readers = this.#readers.get(value.name);
        if (readers === undefined) this.#readers.set(value.name, [node]);
        else readers.push(node);
      }
    }
  }

  /** The node that makes a value, if it has this operator. */
  maker(value: Value | null | undefined, operator: string): Node | null {
    const node = value ? this.#makers.get(value.name) : undefined;
    return node?.operator === operator ? node : null;
  }

  /** Whether nobody else needs what `reader` reads here. */
  isOnlyFor(reader: Node, value: Value): boolean {
    const readers = this.#readers.get(value.name) ?? [];
    return readers.length === 1 && readers[0] === reader && !this.#outputs.has(value.name);
  }

  isParameter(value: Value | null | undefined): boolean {
    return value != null && this.#parameters.has(value.name);
  }

  /** What a bias is added to, where nobody else needs the sum. */
  beforeBias(reader: Node, sum: Value): { add: Node; x: Value; bias: Value } | null {
    const add = this.maker(sum, 'Add');
    if (add === null || !this.isOnlyFor(reader, sum)) return null;
    const [x, bias] = add.inputs as readonly [Value, Value];
    return bias.shape.length === 1 && this.isParameter(bias) ? { add, x, bias } : null;
  }
}
