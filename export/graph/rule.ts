// How the rules of operators are written: what a rule is, and what it asks of its inputs.

import type { Attributes, Shape, Size, ValueType } from './ir.ts';
import { shown } from './sizes.ts';

export interface Inferred {
  readonly type: ValueType;
  readonly shape: Shape;
  /** The numbers themselves, where the vector says a shape, axes or a count. */
  readonly contents: Shape | null;
}

export interface Rule {
  /** The attributes the rule understands, all of them. */
  readonly attributes: readonly string[];
  readonly infer: (inputs: readonly Inferred[], attributes: Attributes) => readonly Inferred[];
}

export const plain = (type: ValueType, shape: Shape): Inferred => ({ type, shape, contents: null });
export const floats = (shape: Shape): Inferred => plain('float32', shape);

export function floatShape(x: Inferred | undefined): Shape {
  if (x?.type !== 'float32') throw new Error(`float32 is needed, not ${x?.type}`);
  return x.shape;
}

export function integers(x: Inferred | undefined, type: ValueType = 'int64'): Shape {
  if (x?.type !== type) throw new Error(`${type} is needed, not ${x?.type}`);
  return x.shape;
}

export function contents(x: Inferred | undefined): Shape {
  if (x?.contents == null) throw new Error('a vector of known contents is needed');
  return x.contents;
}

export function matrix(shape: Shape): readonly [rows: Size, columns: Size] {
  if (shape.length !== 2) throw new Error(`a matrix is needed, not ${shown(shape)}`);
  return [shape[0]!, shape[1]!];
}

export function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
