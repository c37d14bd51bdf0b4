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
   * `later` and `never`: known, but accepted only where it asks for nothing. `ignored`: accepted,
   * without effect.
   */
  readonly role: 'used' | 'ignored' | 'later' | 'never';
  /** What the value consists of, where it is an object, or a list of objects, with a table of its own. */
  readonly within?: FieldTable;
  readonly isRequired?: boolean;
  readonly check: (value: unknown) => value is T;
}

export type FieldTable = Readonly<Record<string, Field<unknown>>>;

export interface RequiredField<T> extends Field<T> {
  readonly isRequired: true;
}

type ValueOf<F> = F extends Field<infer V> ? V : never;

/** Fields that were absent or null are absent here, unless they are required. */
export type FieldValues<T> = {
  readonly [K in keyof T]?: ValueOf<T[K]>;
} & {
  readonly [K in keyof T as T[K] extends RequiredField<unknown> ? K : never]: ValueOf<T[K]>;
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

const { MAX_SAFE_INTEGER: largest, MIN_SAFE_INTEGER: smallest } = Number;

/** A whole number between two that are both allowed. `usual`: what it is where it is left out. */
export function whole(
  minimum: number,
  maximum: number,
  meaning: string,
  usual?: number,
): Field<number> {
  const isOpen = maximum === largest && minimum > smallest;
  const range = isOpen ? `, at least ${minimum}` : ` from ${minimum} to ${maximum}`;
  const limits = { minimum, maximum, ...(usual !== undefined && { default: usual }) };
  return field(Type.Integer(limits), `a whole number${range}`, meaning);
}

/** A list of token ids; whether the model has them is for later to check. */
export function tokenIds(least: number, most: number, meaning: string): Field<number[]> {
  const count = most < largest ? `at most ${most}` : `at least ${least}`;
  return field(
    Type.Array(Type.Integer(), { minItems: least, maxItems: most }),
    `a list of ${count} token ids`,
    meaning,
  );
}

export function required<T>(field: Field<T>): RequiredField<T> {
  return { ...field, isRequired: true };
}

/** An object whose own fields a second reading takes by their table. */
export function objectField(within: FieldTable, meaning: string): Field<object> {
  return { ...field(Type.Object({}), 'an object', meaning), within };
}

/** A list of such objects, which are called `items`. */
export function objectsField(
  within: FieldTable,
  items: string,
  least: number,
  most: number,
  meaning: string,
): Field<object[]> {
  const schema = Type.Array(Type.Object({}), { minItems: least, maxItems: most });
  return { ...field(schema, `a list of ${least} to ${most} ${items}`, meaning), within };
}

export function ignored<S extends TSchema>(schema: S, accepts: string, meaning: string) {
  return field(schema, accepts, meaning, 'ignored');
}

/** `neutral`: the only values, besides null, that ask for nothing. */
export function later(meaning: string, ...neutral: readonly Neutral[]): Field<unknown> {
  return unsupported('later', meaning, neutral);
}

/** `why`: what stands in the way. */
export function never(why: string, ...neutral: readonly Neutral[]): Field<unknown> {
  return unsupported('never', why, neutral);
}

function unsupported(
  role: 'later' | 'never',
  meaning: string,
  neutral: readonly Neutral[],
): Field<unknown> {
  const accepts = ['left out', ...neutral.map((value) => JSON.stringify(value))].join(' or ');
  return field(Type.Union(neutral.map(neutralSchema)), accepts, meaning, role);
}

type Neutral = number | boolean | string | readonly [] | Readonly<Record<string, string>>;

function neutralSchema(value: Neutral): TSchema {
  if (typeof value !== 'object') return Type.Literal(value);
  if (Array.isArray(value)) return Type.Array(Type.Unknown(), { maxItems: 0 });
  const members = Object.entries(value).map(([name, text]) => [name, Type.Literal(text)]);
  return Type.Object(Object.fromEntries(members), { additionalProperties: false });
}
