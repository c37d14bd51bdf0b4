// Byte pair encoding by a list of merges, as one would tell it: of all neighbours that are in the list
// those that come first are joined, the leftmost of them first, until there are none.

/** `merges`: left, right, left, right, …; `made`: what becomes of each two. */
export function slowPairMerge(
  symbols: readonly number[],
  merges: readonly number[],
  made: readonly number[],
): number[] {
  const ids = [...symbols];
  for (;;) {
    let best = -1;
    let at = -1;
    for (let index = 0; index + 1 < ids.length; index++) {
      const rank = rankOf(ids[index]!, ids[index + 1]!, merges);
      if (rank >= 0 && (best < 0 || rank < best)) [best, at] = [rank, index];
    }
    if (best < 0) return ids;
    ids.splice(at, 2, made[best]!);
  }
}

/** The later of two merges of the same pair counts. */
function rankOf(left: number, right: number, merges: readonly number[]): number {
  for (let at = merges.length - 2; at >= 0; at -= 2) {
    if (merges[at] === left && merges[at + 1] === right) return at / 2;
  }
  return -1;
}
