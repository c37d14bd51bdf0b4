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
  /** The variable's name where it is not ours to choose; null: KVASIR_ and the flag; '': there is none. */
  readonly variable: string | null;
  /** What stands for the value in the help: `--port NUMBER`. */
  readonly placeholder: string;
  /** Unit and limits in words, for the help and for refusals. */
  readonly accepts: string;
  /** The values there are, or some of them; a shell offers them. */
  readonly values: readonly string[];
  readonly meaning: string;
  /** Null where the setting must be given. */
  readonly fallback: ((machine: Machine) => T) | null;
  /** Why the default is what it is, where the number alone does not say. */
  readonly because: string | null;
  /**
   * What decides where data goes or which machine code runs: a file that merely lies in the working
   * directory does not set it, one that was named does.
   */
  readonly isGuarded: boolean;
  /** Undefined where the text is not acceptable. */
  readonly parse: (text: string) => T | undefined;
  /** The same for a value of JSON. */
  readonly fromJson: (value: unknown) => T | undefined;
  show(value: T): string;
}

/** What every kind takes. */
export interface About<T> {
  readonly meaning: string;
  readonly fallback?: T | ((machine: Machine) => T);
  readonly because?: string;
  readonly variable?: string;
  readonly isGuarded?: boolean;
  readonly values?: readonly string[];
}

type Reading<T> = Pick<Setting<T>, 'placeholder' | 'accepts' | 'parse' | 'show'> &
  Partial<Pick<Setting<T>, 'from' | 'fromJson'>>;

export function setting<T>(flag: string, about: About<T>, reading: Reading<T>): Setting<T> {
  const { meaning, fallback, because, variable, isGuarded, values } = about;
  const { parse } = reading;
  return {
    flag,
    from: 'flag',
    repeats: false,
    isGuarded: isGuarded ?? false,
    values: values ?? [],
    fromJson: (value) => (typeof value === 'string' ? parse(value) : undefined),
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
  return setting(
    flag,
    { ...about, values: about.among },
    {
      placeholder: 'NAME',
      accepts: about.among.length === 1 ? about.among[0]! : `one of ${about.among.join(', ')}`,
      parse: (given) => about.among.find((name) => name === given),
      show: (value) => value,
    },
  );
}

export function list(
  flag: string,
  about: About<readonly string[]> & {
    readonly accepts: string;
    /** The item in its canonical form, or undefined. */
    readonly item: (text: string) => string | undefined;
  },
): Setting<readonly string[]> {
  const read = (parts: readonly string[]) => {
    const items = parts.filter((part) => part !== '').map(about.item);
    return items.every((item) => item !== undefined) ? Object.freeze(items) : undefined;
  };
  return setting(flag, about, {
    placeholder: 'LIST',
    accepts: about.accepts,
    parse: (given) => read(given.split(',').map((part) => part.trim())),
    fromJson: (value) => {
      const items = typeof value === 'string' ? value.split(',') : value;
      return isTexts(items) ? read(items.map((item) => item.trim())) : undefined;
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
      fromJson: (value) => (typeof value === 'boolean' ? value : undefined),
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

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
