// Regular expressions of tokenizer.json, written for Oniguruma, as JavaScript has them with the flag u.
// Only what means the same in both is taken: anything else is refused, since pieces that differ
// somewhere give other ids there, silently.

import { CheckpointError } from '../../../models/errors.ts';
import { mayTakeTooLong } from './backtracking.ts';

/** By what they are called in both; scripts need a word more in JavaScript. */
const categories =
  /^(L|Lu|Ll|Lt|Lm|Lo|M|Mn|Mc|Me|N|Nd|Nl|No|P|Pc|Pd|Ps|Pe|Pi|Pf|Po|S|Sm|Sc|Sk|So|Z|Zs|Zl|Zp|Cc|Cf)$/;
const scripts =
  /^(Arabic|Armenian|Bengali|Cyrillic|Devanagari|Greek|Han|Hangul|Hebrew|Hiragana|Katakana|Latin|Thai)$/;

const escapes: Readonly<Record<string, string>> = {
  s: '\\p{White_Space}',
  S: '\\P{White_Space}',
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  r: '\\r',
  n: '\\n',
  t: '\\t',
};

const groups = /^\((\?:|\?=|\?!|\?<=|\?<!)?(?!\?)/;
const ignoringCase = /^\(\?i:([a-z'’|]*)\)/;
const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/;

/** Throws `CheckpointError`. `where` introduces its message. */
export function patternOf(regex: string, where: string): string {
  let pattern = '';
  for (let at = 0; at < regex.length; ) {
    const [read, written] = item(regex.slice(at)) ?? [0, ''];
    if (read === 0) {
      const shown = JSON.stringify(regex.slice(at, at + 12));
      throw new CheckpointError(
        `${where} has ${shown} at ${at}; supported: characters, classes, \\s, \\d, \\p{L} and the ` +
          'like, groups, lookaround, quantifiers that give back',
      );
    }
    pattern += written;
    at += read;
  }
  try {
    new RegExp(pattern, 'gu');
  } catch {
    throw new CheckpointError(`${where} is no regular expression: ${JSON.stringify(regex)}`);
  }
  if (!mayTakeTooLong(pattern)) return pattern;
  throw new CheckpointError(
    `${where} may match one text in very many ways, and trying them takes too long: ` +
      JSON.stringify(regex),
  );
}

/** A text that stands for itself. */
export function literal(text: string): string {
  return Array.from(text, plain).join('');
}

type Item = readonly [read: number, written: string];

/** What the rest begins with; null where that is not taken. */
function item(rest: string): Item | null {
  const first = rest[0]!;
  if (first === '\\') return escaped(rest);
  if (first === '[') return characterClass(rest);
  if (first === '(') return group(rest);
  if (first === ')' || first === '|') return [1, first];
  if (first === '.') return [1, '[^\\n]'];
  if (first === '^' || first === '$') return null; // of lines in Oniguruma
  const repeated = quantifier.exec(rest)?.[0];
  if (repeated !== undefined) {
    const isPossessive = rest[repeated.length] === '+';
    return isPossessive ? null : [repeated.length, repeated];
  }
  const character = String.fromCodePoint(rest.codePointAt(0)!);
  return [character.length, plain(character)];
}

function escaped(rest: string): Item | null {
  const property = /^\\([pP])\{(\^?)([A-Za-z]+)\}/.exec(rest);
  if (property !== null) {
    const [whole, sign, caret, name] = property;
    if (caret !== '' || !(categories.test(name!) || scripts.test(name!))) return null;
    return [whole.length, `\\${sign}{${scripts.test(name!) ? 'Script=' : ''}${name}}`];
  }
  const character = rest[1] ?? '';
  if (Object.hasOwn(escapes, character)) return [2, escapes[character]!];
  return /^[\p{P}\p{S} ]$/u.test(character) ? [2, plain(character)] : null;
}

function characterClass(rest: string): Item | null {
  const negated = rest.startsWith('[^');
  let written = negated ? '[^' : '[';
  for (let at = negated ? 2 : 1; at < rest.length; ) {
    const first = rest[at]!;
    if (first === ']') return written.length > (negated ? 2 : 1) ? [at + 1, `${written}]`] : null;
    if (first === '[' || rest.startsWith('&&', at)) return null; // classes within classes
    const isRange = first === '-' && written.length > (negated ? 2 : 1) && rest[at + 1] !== ']';
    const character = String.fromCodePoint(rest.codePointAt(at)!);
    const taken: Item | null = isRange
      ? [1, '-']
      : first === '\\'
        ? escaped(rest.slice(at))
        : [character.length, first === '-' ? '\\-' : plain(character)];
    if (taken === null) return null;
    written += taken[1];
    at += taken[0];
  }
  return null;
}

function group(rest: string): Item | null {
  const folded = ignoringCase.exec(rest);
  if (folded !== null) {
    const [whole, words] = folded;
    // Letters that stand for a ligature together would match it, too.
    if (/ff|fi|fl|ss|st/.test(words!)) return null;
    return [whole.length, `(?:${words!.replaceAll(/[a-z]/g, bothCases)})`];
  }
  const begin = groups.exec(rest)?.[0];
  return begin === undefined ? null : [begin.length, begin];
}

/** Two letters have a third case: the long s, and the sign of the kelvin. */
function bothCases(letter: string): string {
  const third = letter === 's' ? 'ſ' : letter === 'k' ? '\u212a' : '';
  return `[${letter}${letter.toUpperCase()}${third}]`;
}

function plain(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
