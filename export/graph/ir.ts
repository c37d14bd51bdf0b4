// A graph between the network and its file: values with types and shapes, nodes that make them.
// Plain data, immutable; operators and their meaning are ONNX's. https://onnx.ai/onnx/operators

import type { ElementType } from '../../models/gpt2/signature.ts';

/** A number, or the name of a size that changes from run to run; `a*b` is a product of two. */
export type Size = number | string;
export type Shape = readonly Size[];

/** Inside a graph there are types that nobody outside meets. */
export type ValueType = ElementType | 'uint8' | 'bool';

export interface Value {
  readonly name: string;
  readonly type: ValueType;
  readonly shape: Shape;
}

/** ONNX tells whole numbers from fractions; JavaScript does not, so each says what it is. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const string = (value: string): Attribute => ({ kind: 'string', value });

export type Attributes = Readonly<Record<string, Attribute>>;

export type Domain = '' | 'com.microsoft';

export interface Node {
  readonly operator: string;
  readonly domain: Domain;
  /** `null`, here and among the outputs, is an optional one left out. */
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly (Value | null)[];
  readonly attributes: Attributes;
}

/** Numbers the graph needs to say shapes, axes and factors; stored in the graph itself. */
export interface Constant {
  readonly value: Value;
  readonly numbers: readonly number[];
}

/** What a parameter is stored as; float16 as its bits. */
export type Stored =
  | Float32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** Made from a tensor of the checkpoint; stored beside the graph, and read only when it is written. */
export interface Parameter {
  readonly value: Value;
  read(): Stored;
}

export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly constants: readonly Constant[];
  readonly parameters: readonly Parameter[];
  readonly nodes: readonly Node[];
}

/** The size of a vector. */
export function vector(x: Value): Size {
  if (x.shape.length !== 1) throw new Error(`${x.name} is no vector: [${x.shape.join(', ')}]`);
  return x.shape[0]!;
}

/** The sizes of a matrix. */
export function matrix(x: Value): readonly [rows: Size, columns: Size] {
  if (x.shape.length !== 2) throw new Error(`${x.name} is no matrix: [${x.shape.join(', ')}]`);
  return [x.shape[0]!, x.shape[1]!];
}
