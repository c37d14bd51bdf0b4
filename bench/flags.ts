// The command line of the benchmarks: one table for each command, read with `node:util`, printed by
// `--help`. Every value is a text until its command reads it.

import { parseArgs } from 'node:util';

export interface Flag {
  readonly meaning: string;
  readonly placeholder: string;
  readonly fallback: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** Of each flag its last value on the command line, or its fallback. */
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: string };

export const flag = (placeholder: string, fallback: string, meaning: string): Flag => ({
  placeholder,
  fallback,
  meaning,
});

/** Throws `Error` naming an unknown flag. */
export function readFlags<F extends Flags>(flags: F, given: readonly string[]): FlagValues<F> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { fallback }]) => [
      name,
      { type: 'string' as const, default: fallback },
    ]),
  );
  return parseArgs({ args: [...given], options }).values as FlagValues<F>;
}

export function describeFlags(flags: Flags): string {
  const names = Object.entries(flags).map(([name, { placeholder }]) => `--${name} ${placeholder}`);
  const width = Math.max(...names.map((name) => name.length));
  return Object.values(flags)
    .map(({ meaning, fallback }, index) => {
      const shown = fallback === '' ? '' : ` [${fallback}]`;
      return `  ${names[index]!.padEnd(width)}  ${meaning}${shown}`;
    })
    .join('\n');
}

/** `1,2,4`, all positive. Throws `Error` naming the flag. */
export function numbers(name: string, text: string): number[] {
  const values = text.split(',').map(Number);
  if (values.every((value) => value > 0 && Number.isFinite(value))) return values;
  throw new Error(`--${name} ${text}: positive numbers with commas between them are needed`);
}

/** Throws `Error` naming the flag. */
export function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} ${text}: a whole number from 1 on is needed`);
}

export interface Variant {
  readonly name: string;
  readonly flags: readonly string[];
}

/**
 * `fp32=--precision fp32;int8=--precision int8`: names, and what is added to the command line of each.
 * Throws `Error` naming the flag.
 */
export function variants(name: string, text: string): Variant[] {
  return text.split(';').map((entry) => {
    const found = /^\s*([\w.+-]+)\s*(?:=(.*))?$/.exec(entry);
    if (found === null) throw new Error(`--${name} ${entry}: NAME=FLAGS is needed`);
    return { name: found[1]!, flags: (found[2] ?? '').split(/\s+/).filter((word) => word !== '') };
  });
}
