// An object of unknown content, read by a table of fields: null counts as absent, what the table does
// not know is refused, and a refusal says the field, what it accepts, and what came.

import { ServeError } from '../../errors.ts';
import { nearest } from '../../nearest.ts';
import type { Field, FieldTable, FieldValues } from './field.ts';

/** `prefix` stands before names in refusals: `stream_options.` for the fields within it. */
export function readFields<T extends FieldTable>(
  table: T,
  given: unknown,
  prefix = '',
): FieldValues<T> {
  if (!isObject(given)) {
    throw new ServeError(
      'invalid_request',
      `the request must be a JSON object, got ${shown(given)}`,
    );
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name)) throw unknownField(table, name, prefix);
  }
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(table)) {
    const value = Object.hasOwn(given, name) ? given[name] : null;
    if (value === undefined || value === null) {
      if (field.isRequired === true) throw missing(prefix + name);
      continue;
    }
    if (!field.check(value)) throw refusal(prefix + name, field, value);
    values[name] = value;
  }
  return values as FieldValues<T>;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function missing(name: string): ServeError {
  return new ServeError('invalid_value', `${name} must be given`, name);
}

function refusal(name: string, field: Field<unknown>, value: unknown): ServeError {
  const wanted = `must be ${field.accepts}, got ${shown(value)}`;
  switch (field.role) {
    case 'later':
      return new ServeError(
        'unsupported_value',
        `${name} is not supported yet: it ${wanted}`,
        name,
      );
    case 'never':
      return new ServeError(
        'unsupported_value',
        `${name} is not supported (${field.meaning}): it ${wanted}`,
        name,
      );
    default:
      return new ServeError('invalid_value', `${name} ${wanted}`, name);
  }
}

function unknownField(table: FieldTable, name: string, prefix: string): ServeError {
  const close = nearest(name, Object.keys(table));
  const guess = close === null ? '' : `; did you mean ${prefix}${close}?`;
  const given = prefix + shortened(name);
  return new ServeError('unknown_field', `unknown field ${JSON.stringify(given)}${guess}`, given);
}

/** Short whatever came: an error must not echo megabytes, nor recurse into a nested value. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(shortened(value));
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return isObject(value) ? 'an object' : String(value);
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
