// Log-probabilities of a prompt in vLLM's shape: for each token an object of the alternatives by their
// ids, and null for the first token, which nothing comes before.

import { scoreAt } from '../engine/protocol.ts';
import type { ReadPrompt } from './completion/completion.ts';
import type { TokenNames } from './completion/token-names.ts';
import { alternatives } from './wire-logprobs.ts';

export type WirePromptScore = Readonly<
  Record<
    string,
    {
      readonly logprob: number;
      /** Null where the token itself is not one of the alternatives asked for. */
      readonly rank: number | null;
      readonly decoded_token: string;
    }
  >
> | null;

export function wirePromptLogprobs(
  { ids, scores }: ReadPrompt,
  count: number,
  names: TokenNames,
): WirePromptScore[] {
  return Array.from(ids, (id, index) => {
    const score = scoreAt(scores, index - 1);
    if (score === null) return null;
    const entries = alternatives(id, score, count).map(({ id, logprob, rank }) => {
      return [id, { logprob, rank, decoded_token: names.of(id) }];
    });
    return Object.fromEntries(entries);
  });
}
