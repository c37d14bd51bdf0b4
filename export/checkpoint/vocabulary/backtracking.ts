// How long a regular expression may take at one place of a text. Whatever is repeated matches more or
// fewer characters, and where what follows does not match, all of its ways are tried, each with all ways
// of the next: a*a*b takes 1000² steps at each of 1000 a's. A vocabulary comes with a model, from anybody,
// and meets every prompt.

/** What is repeated without a limit is taken to match up to so many characters. */
const longestRun = 1000;

/**
 * More than any published tokenizer needs, whose steps are a few times the run: 16,000 for the one with the
 * most. Where two repetitions multiply, there are a million.
 */
const mostSteps = 32 * longestRun;

/** Of a part of a pattern, at one place of a text, at worst. */
interface Effort {
  /** How many ways it has to match. */
  readonly ways: number;
  /** Steps to try all of them. */
  readonly all: number;
  /** Steps until it matches for the first time, or does not. */
  readonly first: number;
  readonly canFail: boolean;
}

const character: Effort = { ways: 1, all: 1, first: 1, canFail: true };

const parts =
  /\\[pP]\{[^}]*\}|\\.|\[(?:\\.|[^\]])*\]|\(\?(?:[:=!]|<[=!])|[*+?]\??|\{\d+(?:,\d*)?\}\??|./gsu;
const quantifier = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})/;

/**
 * Whether matching may take forever, or a time that grows faster than with the square of a text's length.
 * `pattern`: of JavaScript, with the flag u, in which all braces that are none of these are escaped.
 */
export function mayTakeTooLong(pattern: string): boolean {
  const rest = Array.from(pattern.matchAll(parts), ([part]) => part).reverse();
  return !(alternatives(rest).first <= mostSteps);
}

/** Takes what it reads off the end of `rest`, up to a closing parenthesis. */
function alternatives(rest: string[]): Effort {
  const branches: Effort[] = [];
  let items: Effort[] = [];
  for (let part = rest.pop(); part !== undefined && part !== ')'; part = rest.pop()) {
    if (part === '|') {
      branches.push(sequence(items));
      items = [];
      continue;
    }
    const item = part.startsWith('(') ? group(part, rest) : character;
    const repetition = quantifier.exec(rest.at(-1) ?? '');
    if (repetition === null) items.push(item);
    else {
      rest.pop();
      items.push(...repeated(item, repetition));
    }
  }
  branches.push(sequence(items));
  return {
    ways: sum(branches, ({ ways }) => ways),
    all: sum(branches, ({ all }) => all),
    first: sum(branches, ({ first }) => first),
    canFail: branches.every(({ canFail }) => canFail),
  };
}

/** What stands ahead or behind is not tried again once it matched. */
function group(begin: string, rest: string[]): Effort {
  const inner = alternatives(rest);
  const isLookaround = /[=!]$/.test(begin);
  return isLookaround ? { ways: 1, all: inner.first, first: inner.first, canFail: true } : inner;
}

/** What has to be there, and what may be there as well. */
function repeated(item: Effort, [, sign, least, comma, most]: RegExpExecArray): Effort[] {
  if (sign === '?') return [{ ...item, ways: item.ways + 1, canFail: false }];
  // All ways of all repetitions are tried: a time that doubles with every character.
  const { all } = item.ways > 1 ? { all: Infinity } : item;
  const fewest = sign === undefined ? Number(least) : sign === '+' ? 1 : 0;
  const further = comma === '' ? 0 : most ? Number(most) - fewest : longestRun;
  const steps = (count: number) => (count === 0 ? 0 : count * all);
  return [
    { ways: 1, all: steps(fewest), first: steps(fewest), canFail: fewest > 0 },
    { ways: further + 1, all: steps(further), first: steps(further), canFail: false },
  ];
}

/** One after the other. Behind the last that can fail, nothing is tried a second time. */
function sequence(items: readonly Effort[]): Effort {
  const last = items.findLastIndex(({ canFail }) => canFail);
  let [ways, all, first] = [1, 0, 0];
  for (const [index, item] of items.entries()) {
    all += ways * item.all;
    first += index < last ? ways * item.all : (index === last ? ways : 1) * item.first;
    ways *= item.ways;
  }
  return { ways, all, first, canFail: last >= 0 };
}

function sum(efforts: readonly Effort[], of: (effort: Effort) => number): number {
  return efforts.reduce((total, effort) => total + of(effort), 0);
}
