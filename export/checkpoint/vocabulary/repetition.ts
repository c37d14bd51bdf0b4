// Whether a regular expression may take a time that doubles with every character of a text: where a
// group is repeated that matches one text in several ways, all ways of all repetitions are tried. A
// vocabulary comes with a model, from anybody, and meets every prompt.

const parts =
  /\\[pP]\{[^}]*\}|\\.|\[(?:\\.|[^\]])*\]|\(\?(?:[:=!]|<[=!])|[*+?]\??|\{\d+(?:,\d*)?\}\??|./gsu;
const quantifier = /^[*+?{]/;
const exact = /^\{\d+\}/;

/** `pattern`: of JavaScript, with the flag u, in which all braces that are none of these are escaped. */
export function repeatsSeveralWays(pattern: string): boolean {
  const open = [false]; // the pattern and its open groups: whether each has several ways
  let closed = false; // whether what was read last is a group that has
  for (const [part] of pattern.matchAll(parts)) {
    if (part.startsWith('(')) {
      open.push(false);
    } else if (part === ')') {
      closed = open.pop() ?? false;
      if (closed) open[open.length - 1] = true;
      continue;
    } else if (quantifier.test(part)) {
      if (closed && !part.startsWith('?')) return true;
      if (!exact.test(part)) open[open.length - 1] = true;
    } else if (part === '|') {
      open[open.length - 1] = true;
    }
    closed = false;
  }
  return false;
}
