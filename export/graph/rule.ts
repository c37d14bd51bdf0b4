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
  /** Where the inputs stand that must be given, and no others; unless said, all without a gap. */
  readonly places?: readonly number[];
  /** How many of its outputs nobody may leave out: all, unless said. */
  readonly leastOutputs?: number;
}

export const plain = (type: ValueType, shape: Shape): Inferred => ({ type, shape, contents: null });
export const floats = (shape: Shape): Inferred => plain('float32', shape);

/** Numbers with fractions, of either width, which what is computed from them has too. */
export function fractions(x: Inferred | undefined): Inferred {
  if (x?.type === 'float16') return plain('float16', x.shape);
  return plain('float32', floatShape(x));
}

export function shapeOf(x: Inferred | undefined, type: ValueType): Shape {
  if (x?.type !== type) throw new Error(`${type} is needed, not ${x?.type}`);
  return x.shape;
}

export const floatShape = (x: Inferred | undefined) => shapeOf(x, 'float32');
export const integers = (x: Inferred | undefined, type: ValueType = 'int64') => shapeOf(x, type);

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
