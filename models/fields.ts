// Reads the fields of a parsed JSON object one at a time. Whatever is missing or of the wrong kind
// ends in an error that names the file, the field, what was found and what is allowed.
// `null` counts as missing: config.json files write it for "the default".

type Fail = (message: string) => Error;

export interface Range {
  readonly least: number;
  readonly most: number;
}

const deepest = 32;

export class Fields {
  readonly #where: string;
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #fail: Fail;
  readonly #depth: number;

  /** `where` introduces every message: a file, or a field of one, `depth` objects within. */
  constructor(where: string, json: unknown, fail: Fail, depth = 0) {
    // Whoever reads objects within objects by recursion is not to run out of stack.
    if (depth > deepest) throw fail(`${where} is an object within ${depth} others`);
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw fail(`${where} must be a JSON object, is ${shown(json)}`);
    }
    this.#where = where;
    this.#object = json as Record<string, unknown>;
    this.#fail = fail;
    this.#depth = depth;
  }

  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  wholeNumber(name: string, range: Range, otherwise?: number): number {
    const value = this.#value(name) ?? otherwise;
    if (isWholeNumber(value, range)) return value;
    throw this.refuse(name, `a whole number from ${range.least} to ${range.most}`);
  }

  /** A list of them, or one by itself. */
  wholeNumbers(name: string, range: Range, otherwise: readonly number[]): readonly number[] {
    const value = this.#value(name);
    if (value === undefined) return otherwise;
    if (!Array.isArray(value)) return [this.wholeNumber(name, range)];
    if (value.every((item) => isWholeNumber(item, range))) return value;
    throw this.refuse(name, `whole numbers from ${range.least} to ${range.most}`);
  }

  /** Both ends are excluded. */
  numberBetween(name: string, { least, most }: Range, otherwise?: number): number {
    const value = this.#value(name) ?? otherwise;
    if (typeof value === 'number' && value > least && value < most) return value;
    throw this.refuse(name, `a number above ${least} and below ${most}`);
  }

  oneOf<const Choice>(name: string, choices: readonly Choice[], otherwise?: Choice): Choice {
    const value = this.#value(name) ?? otherwise;
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    throw this.refuse(name, choices.map((candidate) => JSON.stringify(candidate)).join(' or '));
  }

  /** Text that the pattern accepts; `meaning` says in words what that is. */
  text(name: string, pattern: RegExp, meaning: string): string {
    const value = this.#value(name);
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw this.refuse(name, meaning);
  }

  list<Item>(
    name: string,
    isItem: (item: unknown) => item is Item,
    meaning: string,
  ): readonly Item[] {
    const value = this.#value(name);
    if (Array.isArray(value) && value.every(isItem)) return value;
    throw this.refuse(name, `a list of ${meaning}`);
  }

  /** Whether the field is a list with a text that the pattern accepts. */
  listed(name: string, pattern: RegExp): boolean {
    const value = this.#value(name);
    if (!Array.isArray(value)) return false;
    return value.some((item) => typeof item === 'string' && pattern.test(item));
  }

  /** As it stands there; whoever asks has to look at it. */
  raw(name: string): unknown {
    return this.#value(name);
  }

  object(name: string): Fields {
    return this.#within(`${this.#where}: ${name}`, this.#value(name));
  }

  objects(name: string): readonly Fields[] {
    const value = this.#value(name);
    if (!Array.isArray(value)) throw this.refuse(name, 'a list');
    return value.map((item, at) => this.#within(`${this.#where}: ${name}[${at}]`, item));
  }

  /** The error for a field that is not `allowed`. */
  refuse(name: string, allowed: string): Error {
    const found = this.has(name) ? `is ${shown(this.#value(name))}` : 'is missing';
    return this.#fail(`${this.#where}: ${name} ${found}; supported: ${allowed}`);
  }

  #within(where: string, json: unknown): Fields {
    return new Fields(where, json, this.#fail, this.#depth + 1);
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? (this.#object[name] ?? undefined) : undefined;
  }
}

function isWholeNumber(value: unknown, { least, most }: Range): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** What was found, for messages: cut short, whatever it is. */
export function shown(value: unknown): string {
  const text = textOf(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'something too deep or too long to be shown';
  }
}
