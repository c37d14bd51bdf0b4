// What is known of the tokens in one block: which part of which prompt it holds, and behind which
// other block it belongs. Its siblings, behind the same block, stand in the order of their tokens, so
// that those which begin alike stand together.

import type { Prefix } from '../prefixes.ts';

export interface PrefixNode {
  readonly block: number;
  /** The block before it, which is full; null for the first of a prompt. */
  readonly parent: PrefixNode | null;
  /** Its tokens are those from `start` on; another one with the same tokens may take its place. */
  prompt: Prefix;
  readonly start: number;
  /** So many of them have been computed, at least one. */
  heldCount: number;
  /** In the order of their tokens; none where it is not full. */
  readonly children: PrefixNode[];
}

/** How many tokens of a node and of some text are alike from the node's start on, `most` at most. */
export function sharedCount({ prompt, start }: PrefixNode, ids: Int32Array, most: number): number {
  const end = Math.min(start + most, prompt.ids.length, ids.length);
  let place = start;
  while (place < end && prompt.ids[place] === ids[place]) place += 1;
  return place - start;
}

/** Where among siblings a text's tokens from `start` on belong: before all that are not less. */
export function placeAmong(
  siblings: readonly PrefixNode[],
  ids: Int32Array,
  blockSize: number,
): number {
  let low = 0;
  let high = siblings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isLess(siblings[middle]!, ids, blockSize)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a node's tokens come before those of a text; who ends first comes first. */
export function isLess(node: PrefixNode, ids: Int32Array, blockSize: number): boolean {
  const { prompt, start } = node;
  const shared = sharedCount(node, ids, blockSize);
  if (shared === blockSize) return false;
  const mine = prompt.ids[start + shared] ?? -1;
  const other = ids[start + shared] ?? -1;
  return mine < other;
}

/**
 * How many of a node's first tokens spare a prompt their computation, `most` at most. Where the
 * prompt is scored (`scoredCount` not null), its tokens from `firstScored` on need their scores.
 */
export function savedCount(node: PrefixNode, query: PrefixQuery, most: number): number {
  const { ids } = query.prompt;
  const shared = sharedCount(node, ids, Math.min(most, node.heldCount));
  if (query.scoredCount === null) return shared;
  const { counts } = node.prompt.scores.all;
  for (let count = 0; count < shared; count += 1) {
    // A token gave the score of the token after it, which has to be the same one then.
    const target = node.start + count + 1;
    if (target < query.firstScored) continue;
    const isSame = node.prompt.ids[target] === ids[target];
    if (!isSame || (counts[target - 1] ?? -1) < query.scoredCount) return count;
  }
  return shared;
}

/** A prompt that looks for its beginning. */
export interface PrefixQuery {
  readonly prompt: Prefix;
  /** So many alternatives are needed with its tokens' scores; null: no scores. */
  readonly scoredCount: number | null;
  /** The first of its tokens that is scored, where any is. */
  readonly firstScored: number;
}

/** How much is known of the scores of a node's tokens: more is better. */
export function richness({ prompt, start, heldCount }: PrefixNode): number {
  const { counts } = prompt.scores.all;
  let known = 0;
  for (let place = start; place < start + heldCount; place += 1) {
    known += 1 + (counts[place] ?? -1);
  }
  return known;
}
