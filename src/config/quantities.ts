// The kinds of setting that say how much: numbers, times and bytes, each with its limits.

import { type About, type Setting, setting } from './kinds.ts';

/** Where 0 stands for what follows from something else, the help says that instead. */
export function zeroFor(setting: Setting<number>): Setting<number> {
  return { ...setting, show: (value) => (value === 0 ? '' : setting.show(value)) };
}

interface Limits {
  readonly least: number;
  readonly most: number;
}

export function integer(
  flag: string,
  about: About<number> & Limits & { readonly unit?: string },
): Setting<number> {
  const unit = about.unit === undefined ? '' : ` of ${about.unit}`;
  const parse = (given: string) =>
    /^-?\d+$/.test(given) ? within(Number(given), about) : undefined;
  return setting(flag, about, {
    placeholder: 'NUMBER',
    accepts: `a whole number${unit} from ${about.least} to ${about.most}`,
    parse,
    fromJson: numberFor(parse),
    show: String,
  });
}

/** Several, with commas between. */
export function numbers(
  flag: string,
  about: About<readonly number[]> & Limits,
): Setting<readonly number[]> {
  const { parse, fromJson } = integer(flag, { meaning: '', least: about.least, most: about.most });
  const all = (found: readonly (number | undefined)[]) =>
    found.every((number) => number !== undefined) ? Object.freeze(found) : undefined;
  return setting<readonly number[]>(flag, about, {
    placeholder: 'LIST',
    accepts: `whole numbers from ${about.least} to ${about.most} with commas between`,
    parse: (given) => all(given.split(',').map((word) => parse(word.trim()))),
    fromJson: (value) => (Array.isArray(value) ? all(value.map(fromJson)) : undefined),
    show: (value) => value.join(','),
  });
}

/** Given in seconds, kept in milliseconds. `zero`: what 0 stands for, where that is no time. */
export function seconds(
  flag: string,
  about: About<number> & Limits & { readonly zero?: string },
): Setting<number> {
  const zero = about.zero === undefined ? '' : `; 0 for ${about.zero}`;
  const parse = (given: string) =>
    /^\d+(\.\d+)?$/.test(given) ? within(Number(given) * 1000, about) : undefined;
  return setting(flag, about, {
    placeholder: 'SECONDS',
    accepts: `a number of seconds from ${about.least / 1000} to ${about.most / 1000}${zero}`,
    parse,
    fromJson: numberFor(parse),
    show: (value) => `${value / 1000} s`,
  });
}

const byteUnits = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;

export function bytes(flag: string, about: About<number> & Limits): Setting<number> {
  const limits = `${showBytes(about.least)} to ${showBytes(about.most)}`;
  const parse = (given: string) => {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(KiB|MiB|GiB|TiB)?$/.exec(given.trim()) ?? [];
    if (amount === undefined) return undefined;
    const factor = unit === undefined ? 1 : byteUnits[unit as keyof typeof byteUnits];
    return within(Math.floor(Number(amount) * factor), about);
  };
  return setting(flag, about, {
    placeholder: 'BYTES',
    accepts: `bytes, or a number with KiB, MiB, GiB or TiB, from ${limits}`,
    parse,
    fromJson: textOrNumberFor(parse),
    show: showBytes,
  });
}

export type Share =
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'bytes'; readonly bytes: number };

/** A part of what is free, or bytes. */
export function share(flag: string, about: About<Share>): Setting<Share> {
  const amount = bytes(flag, { meaning: '', least: 1024 ** 2, most: 1024 ** 4 });
  const parse = (given: string): Share | undefined => {
    const part = /^(0?\.\d+|1(\.0+)?)$/.test(given) ? Number(given) : 0;
    if (part > 0) return { kind: 'share', share: part };
    const found = amount.parse(given);
    return found === undefined ? undefined : { kind: 'bytes', bytes: found };
  };
  return setting<Share>(flag, about, {
    placeholder: 'SHARE',
    accepts: `a share of what is free, above 0 and at most 1, or ${amount.accepts}`,
    parse,
    fromJson: textOrNumberFor(parse),
    show: (value) => (value.kind === 'share' ? String(value.share) : amount.show(value.bytes)),
  });
}

/** A number of JSON, read as its text is. */
function numberFor<T>(parse: (text: string) => T | undefined) {
  return (value: unknown) => (typeof value === 'number' ? parse(String(value)) : undefined);
}

function textOrNumberFor<T>(parse: (text: string) => T | undefined) {
  return (value: unknown) =>
    typeof value === 'number' || typeof value === 'string' ? parse(String(value)) : undefined;
}

function within(value: number, { least, most }: Limits): number | undefined {
  return value >= least && value <= most ? value : undefined;
}

function showBytes(value: number): string {
  for (const [unit, factor] of Object.entries(byteUnits).reverse()) {
    if (value >= factor) return `${Number((value / factor).toFixed(1))}${unit}`;
  }
  return String(value);
}
