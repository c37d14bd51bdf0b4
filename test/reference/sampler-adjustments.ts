// Adjusting scores the obvious way, one token after the other, in float64 rounded to float32 once.

import type { ScoreAdjustments } from '../../src/sampling/parameters.ts';
import type { TextSoFar } from '../../src/sampling/text-so-far.ts';

export const emptyText: TextSoFar = {
  promptIds: new Int32Array(0),
  generatedIds: new Int32Array(0),
  generatedCount: 0,
};

export const textOf = (prompt: readonly number[], generated: readonly number[]): TextSoFar => ({
  promptIds: Int32Array.from(prompt),
  generatedIds: Int32Array.from([...generated, 0, 0]), // more room than there are tokens
  generatedCount: generated.length,
});

/** -Infinity for tokens that cannot be chosen. */
export function adjust(
  logits: Float32Array,
  adjustments: ScoreAdjustments | null,
  { promptIds, generatedIds, generatedCount }: TextSoFar,
): Float32Array {
  if (adjustments === null) return logits;
  const generated = [...generatedIds.subarray(0, generatedCount)];
  const text = [...promptIds, ...generated];
  const isBanned = (id: number) =>
    adjustments.bannedSequences.some((sequence) => {
      const before = [...sequence.subarray(0, -1)];
      const end = text.slice(text.length - before.length);
      return sequence.at(-1) === id && end.join() === before.join();
    });
  return logits.map((raw, id) => {
    if (adjustments.allowedIds?.includes(id) === false || isBanned(id)) return -Infinity;
    const isEarly = generated.length < adjustments.minTokens;
    if (isEarly && adjustments.idsAfterMinimum.includes(id)) return -Infinity;

    let score = raw;
    adjustments.biasIds.forEach((biased, index) => {
      if (biased === id) score += adjustments.biases[index]!;
    });
    if (text.includes(id)) {
      const { repetitionPenalty } = adjustments;
      score = score > 0 ? score / repetitionPenalty : score * repetitionPenalty;
    }
    const count = generated.filter((other) => other === id).length;
    score -= adjustments.frequencyPenalty * count;
    if (count > 0) score -= adjustments.presencePenalty;
    return score;
  });
}
