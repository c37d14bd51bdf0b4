// Which block holds the beginning of which prompts. Each block stands behind the one before it in its
// prompt, the first ones behind their salt; only a full block has others behind it, and no two full
// ones behind the same hold the same tokens. Tokens are compared, never hashes alone. Owns no block.
//
//   salt ''  -- [ The  king  said ] -- [ to  the  queen ]
//            \                      \- [ that ]            not full: nothing behind it
//             - [ Once  upon ]

import { invariant } from '../../errors.ts';
import type { Prefix } from '../prefixes.ts';
import {
  isLess,
  type PrefixNode,
  type PrefixQuery,
  placeAmong,
  richness,
  savedCount,
  sharedCount,
} from './prefix-node.ts';

export interface PrefixMatch {
  /** Blocks of which all tokens are a prompt's, from its first on. */
  readonly full: readonly PrefixNode[];
  /** The block of which the first tokens are those that follow; null: none. */
  readonly tail: PrefixNode | null;
  /** So many of the tail's. */
  readonly tailCount: number;
  /** In all. */
  readonly tokenCount: number;
}

export const noMatch: PrefixMatch = { full: [], tail: null, tailCount: 0, tokenCount: 0 };

export class PrefixTree {
  readonly #blockSize: number;
  readonly #byBlock: (PrefixNode | null)[]; // [blocks]
  readonly #roots = new Map<string, PrefixNode[]>(); // by salt, none of them empty

  constructor(blockCount: number, blockSize: number) {
    this.#blockSize = blockSize;
    this.#byBlock = new Array<PrefixNode | null>(blockCount).fill(null);
  }

  at(block: number): PrefixNode | null {
    return this.#byBlock[block]!;
  }

  /** The blocks that spare a prompt most of its first tokens, `most` at most. */
  match(query: PrefixQuery, most: number): PrefixMatch {
    const full: PrefixNode[] = [];
    let siblings = this.#roots.get(query.prompt.salt) ?? [];
    for (;;) {
      const tokenCount = full.length * this.#blockSize;
      const wanted = Math.min(most - tokenCount, this.#blockSize);
      const best = this.#best(siblings, query, wanted);
      if (best === null) return { full, tail: null, tailCount: 0, tokenCount };
      const tailCount = savedCount(best, query, wanted);
      if (tailCount < this.#blockSize) {
        return { full, tail: best, tailCount, tokenCount: tokenCount + tailCount };
      }
      full.push(best);
      siblings = best.children;
    }
  }

  /** A block holds the tokens of a prompt that follow those of `parent`, as far as they go. */
  add(block: number, parent: PrefixNode | null, prompt: Prefix, heldCount: number): PrefixNode {
    const start = parent === null ? 0 : parent.start + this.#blockSize;
    invariant(this.at(block) === null, 'a block is behind one other');
    invariant(parent === null || this.isFull(parent), 'only a full block has others behind it');
    const node: PrefixNode = { block, parent, prompt, start, heldCount, children: [] };
    const siblings = parent?.children ?? this.#roots.get(prompt.salt) ?? [];
    if (parent === null) this.#roots.set(prompt.salt, siblings);
    siblings.splice(placeAmong(siblings, prompt.ids, this.#blockSize), 0, node);
    this.#byBlock[block] = node;
    return node;
  }

  /** Forgets a block that has none behind it. */
  remove(node: PrefixNode): void {
    invariant(node.children.length === 0, 'what is behind a block goes before it');
    const siblings = this.#siblingsOf(node);
    siblings.splice(siblings.indexOf(node), 1);
    if (node.parent === null && siblings.length === 0) this.#roots.delete(node.prompt.salt);
    this.#byBlock[node.block] = null;
  }

  clear(): void {
    this.#byBlock.fill(null);
    this.#roots.clear();
  }

  isFull(node: PrefixNode): boolean {
    return node.heldCount === this.#blockSize;
  }

  /** A full block behind `parent` with the next tokens of a prompt; null where there is none. */
  fullBlock(parent: PrefixNode | null, prompt: Prefix): PrefixNode | null {
    const siblings = (parent === null ? this.#roots.get(prompt.salt) : parent.children) ?? [];
    let place = placeAmong(siblings, prompt.ids, this.#blockSize);
    for (; place < siblings.length; place += 1) {
      const node = siblings[place]!;
      if (sharedCount(node, prompt.ids, this.#blockSize) < this.#blockSize) return null;
      if (this.isFull(node)) return node;
    }
    return null;
  }

  /** A full block keeps what is known of another prompt with the same tokens, if that is more. */
  enrich(node: PrefixNode, prompt: Prefix): void {
    if (richness({ ...node, prompt }) > richness(node)) node.prompt = prompt;
  }

  /** Whether another block holds all that this one is worth keeping for. */
  isCovered(node: PrefixNode): boolean {
    if (node.children.length > 0) return false;
    const { ids } = node.prompt;
    const known = richness(node);
    let isCovered = false;
    this.#visit(this.#siblingsOf(node), ids, node.heldCount - 1, (other) => {
      const shared = sharedCount(other, ids, Math.min(other.heldCount, node.heldCount));
      isCovered = other !== node && shared === node.heldCount && richness(other) >= known;
      return isCovered ? enough : node.heldCount - 1;
    });
    return isCovered;
  }

  /** Every block that is known of, in no order. */
  nodes(): PrefixNode[] {
    return this.#byBlock.filter((node) => node !== null);
  }

  checkIntegrity(): void {
    let count = 0;
    const check = (siblings: readonly PrefixNode[], parent: PrefixNode | null) => {
      siblings.forEach((node, place) => {
        count += 1;
        invariant(this.at(node.block) === node, 'a block is found by its number');
        invariant(node.parent === parent, 'a block knows which one is before it');
        const isHeld = node.heldCount > 0 && node.heldCount <= this.#blockSize;
        invariant(isHeld && node.start + node.heldCount <= node.prompt.ids.length, 'it holds some');
        invariant(node.children.length === 0 || this.isFull(node), 'who has some behind is full');
        const next = siblings[place + 1];
        if (next !== undefined) this.#checkNeighbours(node, next);
        check(node.children, node);
      });
    };
    for (const siblings of this.#roots.values()) {
      invariant(siblings.length > 0, 'a salt has some blocks');
      check(siblings, null);
    }
    invariant(count === this.nodes().length, 'every block is reached');
  }

  #checkNeighbours(node: PrefixNode, next: PrefixNode): void {
    const { ids } = next.prompt;
    const isSame = sharedCount(node, ids, this.#blockSize) === this.#blockSize;
    invariant(!isLess(next, node.prompt.ids, this.#blockSize), 'siblings stand in order');
    invariant(!(isSame && this.isFull(node) && this.isFull(next)), 'no full block is there twice');
  }

  #siblingsOf({ parent, prompt }: PrefixNode): PrefixNode[] {
    return parent === null ? this.#roots.get(prompt.salt)! : parent.children;
  }

  #best(siblings: readonly PrefixNode[], query: PrefixQuery, most: number): PrefixNode | null {
    let best: PrefixNode | null = null;
    let bestCount = 0;
    this.#visit(siblings, query.prompt.ids, 0, (node) => {
      const count = savedCount(node, query, most);
      if (count > bestCount) {
        best = node;
        bestCount = count;
      }
      return bestCount === most ? enough : bestCount;
    });
    return best;
  }

  /**
   * Shows the siblings that begin with more than `least` of a text's tokens, the most alike first on
   * either side of where it belongs; whoever looks says what is the least from then on.
   */
  #visit(
    siblings: readonly PrefixNode[],
    ids: Int32Array,
    least: number,
    look: (node: PrefixNode) => number,
  ): void {
    const place = placeAmong(siblings, ids, this.#blockSize);
    let bound = least;
    for (let up = place; up < siblings.length; up += 1) {
      if (sharedCount(siblings[up]!, ids, this.#blockSize) <= bound) break;
      bound = look(siblings[up]!);
    }
    for (let down = place - 1; down >= 0; down -= 1) {
      if (sharedCount(siblings[down]!, ids, this.#blockSize) <= bound) break;
      bound = look(siblings[down]!);
    }
  }
}

/** No text shares more. */
const enough = Number.POSITIVE_INFINITY;
