// The kinds of setting there are: how each reads its text, what it accepts, and how it shows a value
// in the help. Text comes from the command line and from the environment alike.

/** What defaults may depend on. */
export interface Machine {
  readonly processorCount: number;
  readonly memoryBytes: number;
  readonly cacheDirectory: string;
  /** For what is gone when the program is. */
  readonly temporaryDirectory: string;
}

export interface Setting<T> {
  readonly flag: string;
  /**
   * `switch`: the flag may stand alone. `variable`: only the environment sets it, since everybody on
   * the machine can read command lines; and no message repeats what was given.
   */
  readonly from: 'flag' | 'switch' | 'variable';
  /** Given several times, all of them count: `parse` gets a list in JSON. Otherwise the last one does. */
  readonly repeats: boolean;
  /** The variable's name where it is not ours to choose; null: KVASIR_ and the flag. */
  readonly variable: string | null;
  /** What stands for the value in the help: `--port NUMBER`. */
  readonly placeholder: string;
  /** Unit and limits in words, for the help and for refusals. */
  readonly accepts: string;
  readonly meaning: string;
  /** Null where the setting must be given. */
  readonly fallback: ((machine: Machine) => T) | null;
  /** Why the default is what it is, where the number alone does not say. */
  readonly because: string | null;
  /** Undefined where the text is not acceptable. */
  readonly parse: (text: string) => T | undefined;
  show(value: T): string;
}

/** What every kind takes. */
interface About<T> {
  readonly meaning: string;
  readonly fallback?: T | ((machine: Machine) => T);
  readonly because?: string;
  readonly variable?: string;
}

type Reading<T> = Pick<Setting<T>, 'placeholder' | 'accepts' | 'parse' | 'show'> &
  Partial<Pick<Setting<T>, 'from'>>;

export function setting<T>(flag: string, about: About<T>, reading: Reading<T>): Setting<T> {
  const { meaning, fallback, because, variable } = about;
  return {
    flag,
    from: 'flag',
    repeats: false,
    meaning,
    because: because ?? null,
    variable: variable ?? null,
    fallback:
      fallback === undefined
        ? null
        : typeof fallback === 'function'
          ? (fallback as (machine: Machine) => T)
          : () => fallback,
    ...reading,
  };
}

export function text(
  flag: string,
  about: About<string> & { readonly placeholder: string; readonly accepts: string },
): Setting<string> {
  return setting(flag, about, {
    placeholder: about.placeholder,
    accepts: about.accepts,
    parse: (given) => (given === '' ? undefined : given),
    show: (value) => value,
  });
}

export function choice<const T extends string>(
  flag: string,
  about: About<NoInfer<T>> & { readonly among: readonly T[] },
): Setting<T> {
  return setting(flag, about, {
    placeholder: 'NAME',
    accepts: about.among.length === 1 ? about.among[0]! : `one of ${about.among.join(', ')}`,
    parse: (given) => about.among.find((name) => name === given),
    show: (value) => value,
  });
}

export function list(
  flag: string,
  about: About<readonly string[]> & {
    readonly accepts: string;
    /** The item in its canonical form, or undefined. */
    readonly item: (text: string) => string | undefined;
  },
): Setting<readonly string[]> {
  return setting(flag, about, {
    placeholder: 'LIST',
    accepts: about.accepts,
    parse: (given) => {
      const items = given.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
      const read = items.map(about.item);
      return read.every((item) => item !== undefined) ? Object.freeze(read) : undefined;
    },
    show: (value) => (value.length === 0 ? 'none' : value.join(',')),
  });
}

/** Off unless given; `--name` alone turns it on. */
export function toggle(
  flag: string,
  about: Pick<About<boolean>, 'meaning' | 'variable'>,
): Setting<boolean> {
  const words = new Map([
    ['true', true],
    ['false', false],
  ]);
  return setting<boolean>(
    flag,
    { ...about, fallback: false },
    {
      from: 'switch',
      placeholder: '[true|false]',
      accepts: 'true or false',
      parse: (given) => words.get(given),
      show: String,
    },
  );
}

/** From the environment alone. */
export function secret(
  name: string,
  about: About<string> & { readonly accepts: string; readonly pattern: RegExp },
): Setting<string> {
  return setting(name, about, {
    from: 'variable',
    placeholder: '',
    accepts: about.accepts,
    parse: (given) => (about.pattern.test(given) ? given : undefined),
    show: (value) => value,
  });
}

/** One or more, with commas between, from the environment alone. */
export function secrets(
  name: string,
  about: { readonly meaning: string } & Pick<Reading<string>, 'accepts'> & {
      readonly item: (text: string) => string | undefined;
    },
): Setting<readonly string[]> {
  const { accepts, parse } = list(name, about);
  return setting<readonly string[]>(
    name,
    { ...about, fallback: [], because: 'none' },
    {
      from: 'variable',
      placeholder: '',
      accepts,
      parse: (given) => (parse(given)?.length ? parse(given) : undefined),
      show: () => '',
    },
  );
}

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
  return setting(flag, about, {
    placeholder: 'NUMBER',
    accepts: `a whole number${unit} from ${about.least} to ${about.most}`,
    parse: (given) => (/^-?\d+$/.test(given) ? within(Number(given), about) : undefined),
    show: String,
  });
}

/** Several, with commas between. */
export function numbers(
  flag: string,
  about: About<readonly number[]> & Limits,
): Setting<readonly number[]> {
  const { parse } = integer(flag, { meaning: '', least: about.least, most: about.most });
  return setting<readonly number[]>(flag, about, {
    placeholder: 'LIST',
    accepts: `whole numbers from ${about.least} to ${about.most} with commas between`,
    parse: (given) => {
      const found = given.split(',').map((word) => parse(word.trim()));
      return found.every((number) => number !== undefined) ? Object.freeze(found) : undefined;
    },
    show: (value) => value.join(','),
  });
}

/** Given in seconds, kept in milliseconds. `zero`: what 0 stands for, where that is no time. */
export function seconds(
  flag: string,
  about: About<number> & Limits & { readonly zero?: string },
): Setting<number> {
  const zero = about.zero === undefined ? '' : `; 0 for ${about.zero}`;
  return setting(flag, about, {
    placeholder: 'SECONDS',
    accepts: `a number of seconds from ${about.least / 1000} to ${about.most / 1000}${zero}`,
    parse: (given) =>
      /^\d+(\.\d+)?$/.test(given) ? within(Number(given) * 1000, about) : undefined,
    show: (value) => `${value / 1000} s`,
  });
}

const byteUnits = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;

export function bytes(flag: string, about: About<number> & Limits): Setting<number> {
  const limits = `${showBytes(about.least)} to ${showBytes(about.most)}`;
  return setting(flag, about, {
    placeholder: 'BYTES',
    accepts: `bytes, or a number with KiB, MiB, GiB or TiB, from ${limits}`,
    parse: (given) => {
      const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(KiB|MiB|GiB|TiB)?$/.exec(given) ?? [];
      if (amount === undefined) return undefined;
      const factor = unit === undefined ? 1 : byteUnits[unit as keyof typeof byteUnits];
      return within(Math.floor(Number(amount) * factor), about);
    },
    show: showBytes,
  });
}

export type Share =
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'bytes'; readonly bytes: number };

/** A part of what is free, or bytes. */
export function share(flag: string, about: About<Share>): Setting<Share> {
  const amount = bytes(flag, { meaning: '', least: 1024 ** 2, most: 1024 ** 4 });
  return setting<Share>(flag, about, {
    placeholder: 'SHARE',
    accepts: `a share of what is free, above 0 and at most 1, or ${amount.accepts}`,
    parse: (given) => {
      const part = /^(0?\.\d+|1(\.0+)?)$/.test(given) ? Number(given) : 0;
      if (part > 0) return { kind: 'share', share: part };
      const found = amount.parse(given);
      return found === undefined ? undefined : { kind: 'bytes', bytes: found };
    },
    show: (value) => (value.kind === 'share' ? String(value.share) : amount.show(value.bytes)),
  });
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
