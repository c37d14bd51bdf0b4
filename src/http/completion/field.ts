// One field of a request body: its schema, what it accepts in words, and what it is for. Refusals and
// the documentation are made from the same three.

import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';

export interface Field<T> {
  readonly schema: TSchema;
  /** Completes the sentence "... must be". */
  readonly accepts: string;
  readonly meaning: string;
  /**
   * `later`: known, but accepted only where it asks for nothing. `ignored`: accepted, without effect.
   */
  readonly role: 'used' | 'ignored' | 'later';
  readonly check: (value: unknown) => value is T;
}

export type FieldTable = Readonly<Record<string, Field<unknown>>>;

/** Fields that were absent or null are absent here. */
export type FieldValues<T> = {
  readonly [K in keyof T]?: T[K] extends Field<infer V> ? V : never;
};

export function field<S extends TSchema>(
  schema: S,
  accepts: string,
  meaning: string,
  role: Field<unknown>['role'] = 'used',
): Field<Static<S>> {
  const validator = Compile(schema as TSchema);
  const check = (value: unknown): value is Static<S> => validator.Check(value);
  return { schema, accepts, meaning, role, check };
}

export function ignored<S extends TSchema>(schema: S, accepts: string, meaning: string) {
  return field(schema, accepts, meaning, 'ignored');
}

/** `neutral`: the only values, besides null, that ask for nothing. */
export function later(meaning: string, ...neutral: readonly Neutral[]): Field<unknown> {
  const accepts = ['left out', ...neutral.map((value) => JSON.stringify(value))].join(' or ');
  return field(Type.Union(neutral.map(neutralSchema)), accepts, meaning, 'later');
}

type Neutral = number | boolean | string | readonly [] | Readonly<Record<string, never>>;

function neutralSchema(value: Neutral): TSchema {
  if (typeof value !== 'object') return Type.Literal(value);
  return Array.isArray(value)
    ? Type.Array(Type.Unknown(), { maxItems: 0 })
    : Type.Object({}, { additionalProperties: false });
}
