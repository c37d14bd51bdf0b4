// What a prompt finds among blocks, by looking at every block from the first token on.

import type { PrefixNode, PrefixQuery } from '../../src/kv/blocks/prefix-node.ts';

/** How many tokens need not be computed: the most that any chain of blocks gives. */
export function longestPrefix(nodes: readonly PrefixNode[], query: PrefixQuery): number {
  const { ids, salt } = query.prompt;
  let most = 0;
  for (const node of nodes) {
    if (node.prompt.salt !== salt) continue;
    const chain: PrefixNode[] = [];
    for (let each: PrefixNode | null = node; each !== null; each = each.parent) chain.unshift(each);
    let count = 0;
    for (const { prompt, start, heldCount } of chain) {
      let place = start;
      while (place < start + heldCount && place < ids.length - 1 && isUseful(place)) place += 1;
      count = place;
      if (place < start + heldCount) break;

      function isUseful(token: number): boolean {
        if (prompt.ids[token] !== ids[token]) return false;
        if (query.scoredCount === null || token + 1 < query.firstScored) return true;
        const known = prompt.scores.all.counts[token] ?? -1;
        return prompt.ids[token + 1] === ids[token + 1] && known >= query.scoredCount;
      }
    }
    most = Math.max(most, count);
  }
  return most;
}
