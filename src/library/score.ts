// How likely a text is, out of a completion that generated nothing and echoed its prompt with the
// log-probability of each token.

import type { Completion } from '../../client/completion-types.ts';
import type { Score } from './model.ts';

export function scoreOf({ choices }: Pick<Completion, 'choices'>): Score {
  const { logprobs: all, prompt_token_ids: tokenIds = [] } = choices[0]!;
  const { tokens, token_logprobs: logprobs } = all!;
  const known = logprobs.filter((logprob) => logprob !== null);
  const logprob = known.reduce((sum, each) => sum + each, 0);
  return { tokens, tokenIds, logprobs, logprob, perplexity: Math.exp(-logprob / known.length) };
}
