// How surprising a token was, in six steps: for the shading of a text, and for its legend.

import { bitsOf } from './token.ts';

/** From how many bits on each step goes; below the first there is no shading. */
const steps = [1, 3, 5, 8, 12] as const;

/** What a legend says of each: how likely such tokens were. */
export const levels: readonly string[] = [
  'over 50 %',
  'over 12 %',
  'over 3 %',
  'over 0.4 %',
  'over 0.02 %',
  'less likely',
];

/** 0, not at all, to 5. */
export function surpriseLevel(logprob: number | null): number {
  if (logprob === null) return 0;
  const bits = bitsOf(logprob);
  return steps.filter((step) => bits >= step).length;
}
