// What the model said, as log-probabilities. A token's own number is rounded just as those of the
// alternatives are, so that it is the same number wherever it stands.

import { emptyScores, type TokenScore, type TokenScores } from '../kv/token-score.ts';
import type { ModelScores } from '../model/model.ts';

/** Whether a row says anything at all: the weights of a broken checkpoint give infinities or worse. */
export function isSound(scores: ModelScores, row: number, candidateCount: number): boolean {
  const { topScores, logNormalizers } = scores;
  const first = row * candidateCount;
  // The normalizer is a sum over the whole row, and what the candidates leave out is below them. Where
  // nobody asked for it, it is infinite.
  return (
    Number.isFinite(topScores[first]!) &&
    Number.isFinite(topScores[first + candidateCount - 1]!) &&
    !Number.isNaN(logNormalizers[row]!)
  );
}

/** The score of a token that was picked from `row`, with so many of its alternatives. */
export function scoreOfPick(
  scores: ModelScores,
  row: number,
  candidateCount: number,
  id: number,
  alternativeCount: number,
): TokenScore {
  const { topIds, topScores } = scores;
  const first = row * candidateCount;
  const place = topIds.subarray(first, first + candidateCount).indexOf(id);
  const score = place < 0 ? scores.logitsRow(row)[id]! : topScores[first + place]!;
  const count = Math.min(alternativeCount, candidateCount);
  const topLogprobs = new Float32Array(count); // [asked]
  writeAlternatives(scores, row, first, topLogprobs);
  return {
    logprob: Math.fround(score - scores.logNormalizers[row]!),
    topIds: topIds.slice(first, first + count), // [asked]
    topLogprobs,
  };
}

/** The scores of `count` targets, of which those before `skipped` have none and no row. */
export function scoresOfTargets(
  scores: ModelScores,
  firstRow: number,
  count: number,
  skipped: number,
  candidateCount: number,
  alternativeCount: number,
): TokenScores {
  const asked = Math.min(alternativeCount, candidateCount);
  const found = emptyScores(count, asked);
  for (let index = skipped; index < count; index += 1) {
    const row = firstRow + index - skipped;
    const first = row * candidateCount;
    const topLogprobs = found.topLogprobs.subarray(index * asked, (index + 1) * asked); // [asked]
    found.logprobs[index] = scores.targetScores[row]! - scores.logNormalizers[row]!;
    found.counts[index] = asked;
    found.topIds.set(scores.topIds.subarray(first, first + asked), index * asked);
    writeAlternatives(scores, row, first, topLogprobs);
  }
  return found;
}

function writeAlternatives(
  scores: ModelScores,
  row: number,
  first: number,
  topLogprobs: Float32Array,
): void {
  const normalizer = scores.logNormalizers[row]!;
  for (let place = 0; place < topLogprobs.length; place += 1) {
    topLogprobs[place] = scores.topScores[first + place]! - normalizer;
  }
}
