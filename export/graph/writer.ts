// Collects a graph, node by node. Every value gets a name of its own, a parameter is stored once
// however often it is used, and so is a constant. What the operators mean is the builder's business.

import type { ElementType, Port } from '../../models/gpt2/signature.ts';
import type { WeightSource } from '../checkpoint/checkpoint.ts';
import type { Attributes, Constant, Domain, Graph, Node, Parameter, Shape, Value } from './ir.ts';

/** What a node makes: a shape, and where it matters a name and a type. */
export interface Made {
  readonly shape: Shape;
  readonly name?: string;
  readonly type?: ElementType;
}

export class GraphWriter {
  readonly #inputs: ReadonlyMap<string, Value>;
  readonly #parameters = new Map<string, Parameter>();
  readonly #constants = new Map<string, Constant>();
  readonly #nodes: Node[] = [];
  readonly #names: Set<string>;

  constructor(inputs: readonly Port[]) {
    this.#inputs = new Map(inputs.map((port) => [port.name, port]));
    this.#names = new Set(this.#inputs.keys());
  }

  input(name: string): Value {
    const value = this.#inputs.get(name);
    if (value === undefined) throw new Error(`the graph has no input ${name}`);
    return value;
  }

  parameter(name: string, weights: WeightSource): Value {
    let parameter = this.#parameters.get(name);
    if (parameter === undefined) {
      const value: Value = {
        name: this.#unique(name),
        type: 'float32',
        shape: weights.shape(name),
      };
      parameter = { value, read: () => weights.read(name) };
      this.#parameters.set(name, parameter);
    }
    return parameter.value;
  }

  constant(numbers: readonly number[]): Value {
    const key = numbers.join('_');
    let constant = this.#constants.get(key);
    if (constant === undefined) {
      const name = this.#unique(`constant_${key}`);
      constant = { value: { name, type: 'int64', shape: [numbers.length] }, numbers };
      this.#constants.set(key, constant);
    }
    return constant.value;
  }

  /** Adds a node with one output. */
  node(
    operator: string,
    inputs: readonly (Value | null)[],
    made: Made,
    attributes: Attributes = {},
    domain: Domain = '',
  ): Value {
    return this.nodes(operator, inputs, [made], attributes, domain)[0]!;
  }

  /** Adds a node with several outputs. */
  nodes(
    operator: string,
    inputs: readonly (Value | null)[],
    made: readonly Made[],
    attributes: Attributes = {},
    domain: Domain = '',
  ): readonly Value[] {
    const outputs = made.map(({ shape, name = operator, type = 'float32' }) => {
      return { name: this.#unique(name), type, shape };
    });
    this.#nodes.push({ operator, domain, inputs, outputs, attributes });
    return outputs;
  }

  /** The graph, with its outputs under the names the outside knows them by. */
  finish(outputs: ReadonlyMap<string, Value>): Graph {
    const renamed = new Map<Value, Value>();
    for (const [name, value] of outputs) renamed.set(value, { ...value, name });
    const final = (value: Value) => renamed.get(value) ?? value;
    return {
      inputs: [...this.#inputs.values()],
      outputs: [...outputs.values()].map(final),
      constants: [...this.#constants.values()],
      parameters: [...this.#parameters.values()],
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map((value) => value && final(value)),
        outputs: node.outputs.map(final),
      })),
    };
  }

  #unique(name: string): string {
    let candidate = name;
    for (let count = 1; this.#names.has(candidate); count++) candidate = `${name}_${count}`;
    this.#names.add(candidate);
    return candidate;
  }
}
