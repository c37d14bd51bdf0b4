// Log-probabilities of a prompt in vLLM's shape: for each token an object of the alternatives by their
// ids, and null for the first token, which nothing comes before.

import { scoreAt } from '../engine/protocol.ts';
import type { ReadPrompt } from './completion/completion.ts';
import type { TokenNames } from './completion/token-names.ts';
import { alternatives, dictionary } from './wire-logprobs.ts';

export interface WireAlternative {
  readonly logprob: number;
  /** Null where the token itself is not one of the alternatives asked for. */
  readonly rank: number | null;
  readonly decoded_token: string;
}

export type WirePromptScore = Readonly<Record<string, WireAlternative>> | null;

export function wirePromptLogprobs(
  { ids, scores }: ReadPrompt,
  count: number,
  names: TokenNames,
): WirePromptScore[] {
  return Array.from(ids, (id, index) => {
    const score = scoreAt(scores, index - 1);
    if (score === null) return null;
    const byId: Record<string, WireAlternative> = dictionary();
    for (const other of alternatives(id, score, count)) {
      const { logprob, rank } = other;
      byId[other.id] = { logprob, rank, decoded_token: names.of(other.id) };
    }
    return byId;
  });
}
