// The known word that a mistyped one was probably meant to be. Flags and request fields are both
// refused by name, and a refusal that guesses right saves its reader a look into the manual.

/** The closest of `known`, or null where nothing is close enough to be a typing mistake. */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(Math.min(word.length, 30) / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.slice(0, 60), candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn `from` into `to`. */
function editDistance(from: string, to: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const substituted = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const swapped = row > 1 && column > 1 && isSwap ? before[column - 2]! + 1 : Infinity;
      const shifted = Math.min(previous[column]!, current[column - 1]!) + 1;
      current.push(Math.min(substituted, swapped, shifted));
    }
    before = previous;
    previous = current;
  }
  return previous[to.length]!;
}
