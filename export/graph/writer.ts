// Collects a graph, node by node. Every value gets a name of its own, a parameter is stored once
// however often it is used, and so is a constant. What the operators mean is the builder's business.

import type { Port } from '../../models/gpt2/signature.ts';
import type { WeightSource } from '../checkpoint/checkpoint.ts';
import type {
  Attributes,
  Constant,
  Domain,
  Graph,
  Node,
  Parameter,
  Shape,
  Stored,
  Value,
  ValueType,
} from './ir.ts';

/** What a node makes: a shape, and where it matters a name and a type. */
export interface Made {
  readonly shape: Shape;
  readonly name?: string;
  readonly type?: ValueType;
}

/** A parameter as the checkpoint has it, whether the graph reads it or something made of it. */
interface Tensor {
  readonly value: Value;
  read(): Float32Array<ArrayBuffer>;
}

export class GraphWriter {
  readonly #inputs: ReadonlyMap<string, Value>;
  readonly #tensors = new Map<string, Tensor>(); // by name
  readonly #parameters = new Map<string, Parameter>(); // by name
  readonly #constants = new Map<string, Constant>();
  readonly #nodes: Node[] = [];
  readonly #names: Set<string>;
  #latest: { readonly tensor: Tensor; readonly data: Float32Array<ArrayBuffer> } | null = null;

  constructor(inputs: readonly Port[]) {
    this.#inputs = new Map(inputs.map((port) => [port.name, port]));
    this.#names = new Set(this.#inputs.keys());
  }

  input(name: string): Value {
    const value = this.#inputs.get(name);
    if (value === undefined) throw new Error(`the graph has no input ${name}`);
    return value;
  }

  /** A tensor of the checkpoint; stored if a node reads it as it is. */
  parameter(name: string, weights: WeightSource): Value {
    let tensor = this.#tensors.get(name);
    if (tensor === undefined) {
      const value: Value = {
        name: this.#unique(name),
        type: 'float32',
        shape: weights.shape(name),
      };
      tensor = { value, read: () => weights.read(name) };
      this.#tensors.set(name, tensor);
      this.#parameters.set(name, tensor);
    }
    return tensor.value;
  }

  isParameter(value: Value): boolean {
    return this.#tensors.get(value.name)?.value === value;
  }

  /** Something made of a parameter, stored beside it or in its place: `wte.weight` -> `wte.weight.int8`. */
  derived(
    parameter: Value,
    what: string,
    { type, shape }: { readonly type: ValueType; readonly shape: Shape },
    make: (data: Float32Array<ArrayBuffer>) => Stored,
  ): Value {
    const name = `${parameter.name}.${what}`;
    let made = this.#parameters.get(name);
    if (made === undefined) {
      const tensor = this.#tensors.get(parameter.name);
      if (tensor === undefined) throw new Error(`${parameter.name} is no parameter`);
      made = {
        value: { name: this.#unique(name), type, shape },
        read: () => make(this.#dataOf(tensor)),
      };
      this.#parameters.set(name, made);
    }
    return made.value;
  }

  /** Numbers that are no checkpoint's, stored as if they were. */
  stored(name: string, shape: Shape, data: Float32Array<ArrayBuffer>): Value {
    const value: Value = { name: this.#unique(name), type: 'float32', shape };
    this.#parameters.set(value.name, { value, read: () => data });
    return value;
  }

  /** Whole numbers that say shapes, axes or counts. */
  constant(numbers: readonly number[]): Value {
    return this.#constant(`constant_${numbers.join('_')}`, 'int64', [numbers.length], numbers);
  }

  scalar(number: number, type: ValueType): Value {
    return this.#constant(`${type}_${number}`, type, [], [number]);
  }

  /** The same number over and over. */
  vector(number: number, length: number, type: ValueType): Value {
    const numbers = new Array<number>(length).fill(number);
    return this.#constant(`${type}_${number}_x${length}`, type, [length], numbers);
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
    const final = (value: Value | null) => value && (renamed.get(value) ?? value);
    const read = new Set(this.#nodes.flatMap(({ inputs }) => inputs.map((value) => value?.name)));
    return {
      inputs: [...this.#inputs.values()],
      outputs: [...outputs].map(([name, value]) => ({ ...value, name })),
      constants: [...this.#constants.values()],
      parameters: [...this.#parameters.values()].filter(({ value }) => read.has(value.name)),
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(final),
        outputs: node.outputs.map(final),
      })),
    };
  }

  /** Several things are made of one tensor, one behind the other: it is read for the first of them. */
  #dataOf(tensor: Tensor): Float32Array<ArrayBuffer> {
    if (this.#latest?.tensor !== tensor) {
      this.#latest = null; // before the next one takes as much memory
      this.#latest = { tensor, data: tensor.read() };
    }
    return this.#latest.data;
  }

  #constant(key: string, type: ValueType, shape: Shape, numbers: readonly number[]): Value {
    let constant = this.#constants.get(key);
    if (constant === undefined) {
      constant = { value: { name: this.#unique(key), type, shape }, numbers };
      this.#constants.set(key, constant);
    }
    return constant.value;
  }

  #unique(name: string): string {
    let candidate = name;
    for (let count = 1; this.#names.has(candidate); count++) candidate = `${name}_${count}`;
    this.#names.add(candidate);
    return candidate;
  }
}
