// How likely a model finds a text: the sum of what it says of the tokens that are scored.

import { inTurn, type Scorer } from './scorer.ts';
import { type Window, type Windowing, windowsOf } from './windows.ts';

export interface Likelihood {
  /** Negative log-likelihood in nats, of the scored tokens together. */
  readonly loss: number;
  readonly scoredCount: number;
}

/** `ids`: [tokens]. `onScored` is told how many tokens were scored since it was last told. */
export async function likelihoodOf(
  ids: Int32Array,
  windowing: Windowing,
  scorer: Scorer,
  onScored: (count: number) => void,
): Promise<Likelihood> {
  // In the order of the text, whatever the order of the answers: the same sum to the last bit.
  const losses: number[] = [];
  let scoredCount = 0;
  await inTurn(scorer, windowsOf(ids.length, windowing), async (window, index) => {
    losses[index] = await lossOf(ids, window, scorer);
    const count = window.end - window.firstScored;
    scoredCount += count;
    onScored(count);
  });
  return { loss: losses.reduce((sum, loss) => sum + loss, 0), scoredCount };
}

async function lossOf(ids: Int32Array, window: Window, scorer: Scorer): Promise<number> {
  const { start, end, firstScored } = window;
  const { logprobs } = await scorer.score(ids.subarray(start, end), false);
  let loss = 0;
  // The first score is that of the second token.
  for (let token = firstScored; token < end; token++) loss -= logprobs[token - start - 1]!;
  return loss;
}
