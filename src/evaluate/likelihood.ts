// How likely a model finds texts: the sum of what it says of the tokens that are scored.

import { inTurn, type Scorer } from './scorer.ts';
import { scoredCountOf, type Window, type Windowing, windowsOf } from './windows.ts';

/** Texts that are read alike, each for itself. */
export interface Reading {
  readonly texts: readonly Int32Array[]; // [texts][tokens]
  readonly windowing: Windowing;
}

/** Told how many tokens were done since it was last told. */
export type OnScored = (count: number) => void;

/** Negative log-likelihood of all scored tokens together, in nats. */
export async function lossOf(
  reading: Reading,
  scorer: Scorer,
  onScored: OnScored,
): Promise<number> {
  // In the order of the text, whatever the order of the answers: the same sum to the last bit.
  const losses: number[] = [];
  await inTurn(scorer, windowsOfAll(reading), async ({ ids, window }, index) => {
    losses[index] = await lossOfWindow(ids, window, scorer);
    onScored(window.end - window.firstScored);
  });
  return losses.reduce((sum, loss) => sum + loss, 0);
}

/** How many tokens a reading scores. */
export function scoredCountOfAll({ texts, windowing }: Reading): number {
  return texts.reduce((sum, { length }) => sum + scoredCountOf(length, windowing), 0);
}

function* windowsOfAll({ texts, windowing }: Reading) {
  for (const ids of texts) {
    for (const window of windowsOf(ids.length, windowing)) yield { ids, window };
  }
}

async function lossOfWindow(ids: Int32Array, window: Window, scorer: Scorer): Promise<number> {
  const { start, end, firstScored } = window;
  const { logprobs } = await scorer.score(ids.subarray(start, end), firstScored - start, false);
  let loss = 0;
  // The first score is that of the second token.
  for (let token = firstScored; token < end; token++) loss -= logprobs[token - start - 1]!;
  return loss;
}
