// What is kept and reported of tokens that were scored. A long prompt has thousands of them, which are
// kept with its row and cross from one thread to the other: so they lie in a few flat arrays, and
// become objects one by one, where they are shown.

/** Log-probabilities in nats, of the raw scores: before any temperature, filter or adjustment. */
export interface TokenScore {
  readonly logprob: number;
  readonly topIds: Int32Array; // [asked], best first
  readonly topLogprobs: Float32Array; // [asked]
}

/**
 *   index           0                1                2
 *   logprobs     | -0.5           | -9.2           | -1.1           |
 *   counts       |  2             |  1             | -1: no score   |
 *   topIds       | 464  318       | 262   .        |  .    .        |   width = 2
 *   topLogprobs  | -0.5 -2.0      | -0.1  .        |  .    .        |
 */
export interface TokenScores {
  /** Places for the alternatives of each token, of which it may have fewer. */
  readonly width: number;
  readonly logprobs: Float32Array; // [tokens]
  readonly counts: Int32Array; // [tokens], how many alternatives there are; -1: the token has no score
  readonly topIds: Int32Array; // [tokens, width], best first
  readonly topLogprobs: Float32Array; // [tokens, width]
}

const notScored = -1;

/** Of so many tokens, none of which has a score yet. */
export function emptyScores(tokenCount: number, width: number): TokenScores {
  return {
    width,
    logprobs: new Float32Array(tokenCount),
    counts: new Int32Array(tokenCount).fill(notScored),
    topIds: new Int32Array(tokenCount * width), // [tokens, width]
    topLogprobs: new Float32Array(tokenCount * width), // [tokens, width]
  };
}

export const noScores: TokenScores = emptyScores(0, 0);

/** What is said of one token, as views of the arrays; null where it was not scored. */
export function scoreAt(scores: TokenScores, index: number): TokenScore | null {
  const count = scores.counts[index] ?? notScored;
  if (count === notScored) return null;
  const first = index * scores.width;
  return {
    logprob: scores.logprobs[index]!,
    topIds: scores.topIds.subarray(first, first + count), // [asked]
    topLogprobs: scores.topLogprobs.subarray(first, first + count), // [asked]
  };
}

/** All of them side by side; null stands for a token that was not scored. */
export function flattened(scores: readonly (TokenScore | null)[]): TokenScores {
  const width = scores.reduce((most, score) => Math.max(most, score?.topIds.length ?? 0), 0);
  const flat = emptyScores(scores.length, width);
  for (const [index, score] of scores.entries()) {
    if (score === null) continue;
    flat.logprobs[index] = score.logprob;
    flat.counts[index] = score.topIds.length;
    flat.topIds.set(score.topIds, index * width);
    flat.topLogprobs.set(score.topLogprobs, index * width);
  }
  return flat;
}

/** The same scores with so many alternatives at most; none at all where null are asked for. */
export function narrowed(scores: TokenScores, count: number | null): TokenScores {
  if (count === null) return noScores;
  return scores.width <= count ? scores : copied(scores, scores.counts.length, count);
}

/** `count` of them from `start` on; what lies behind their end was not scored. */
export function scoresFrom(scores: TokenScores, start: number, count: number): TokenScores {
  const { width } = scores;
  const part = emptyScores(count, width);
  const end = Math.max(start, Math.min(start + count, scores.counts.length));
  const source = {
    width,
    logprobs: scores.logprobs.subarray(start, end), // [tokens]
    counts: scores.counts.subarray(start, end), // [tokens]
    topIds: scores.topIds.subarray(start * width, end * width), // [tokens, width]
    topLogprobs: scores.topLogprobs.subarray(start * width, end * width), // [tokens, width]
  };
  copyInto(part, 0, source, end - start);
  return part;
}

/** Scores that grow with their prompt, from its second token on. */
export class ScoreList {
  #scores = noScores;

  get all(): TokenScores {
    return this.#scores;
  }

  get length(): number {
    return this.#scores.counts.length;
  }

  /** How many alternatives each of them has at the most. */
  get width(): number {
    return this.#scores.counts.reduce((most, count) => Math.max(most, count), 0);
  }

  /** How many of the first `most` are there with so many alternatives. */
  lengthWith(alternativeCount: number, most: number): number {
    const { counts } = this.#scores;
    let length = 0;
    while (length < most && (counts[length] ?? notScored) >= alternativeCount) length += 1;
    return length;
  }

  /** Adds the first `count` of some scores. */
  append(more: TokenScores, count = more.counts.length): void {
    const taken = Math.min(count, more.counts.length);
    if (taken === 0) return;
    const tokenCount = this.length + taken;
    const width = Math.max(this.#scores.width, more.width);
    const joined = emptyScores(tokenCount, width);
    copyInto(joined, 0, this.#scores, this.length);
    copyInto(joined, this.length, more, taken);
    this.#scores = joined;
  }
}

function copied(scores: TokenScores, tokenCount: number, width: number): TokenScores {
  const copy = emptyScores(tokenCount, width);
  copyInto(copy, 0, scores, tokenCount);
  return copy;
}

/** Alternatives beyond the width of `target` are left out. */
function copyInto(target: TokenScores, start: number, source: TokenScores, count: number): void {
  const width = Math.min(target.width, source.width);
  target.logprobs.set(source.logprobs.subarray(0, count), start);
  for (let index = 0; index < count; index += 1) {
    const from = index * source.width;
    const to = (start + index) * target.width;
    target.counts[start + index] = Math.min(source.counts[index]!, target.width);
    target.topIds.set(source.topIds.subarray(from, from + width), to);
    target.topLogprobs.set(source.topLogprobs.subarray(from, from + width), to);
  }
}
