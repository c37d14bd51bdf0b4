// The prompt as an echo shows it: the text that its ids stand for. What was put around it has none,
// nor has the token that stands in the place of a prompt that was not given.

import { noScores, type PromptNews, scoreAt } from '../../engine/protocol.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { Prompt } from './request.ts';
import type { TokenTrail } from './token-trail.ts';

/** Puts the prompt's tokens on the trail, where there is one, and returns its text. */
export function echo(
  { ids, framed }: Prompt,
  news: PromptNews | null,
  tokenizer: Tokenizer,
  trail: TokenTrail | null,
): string {
  const end = ids.length - framed.behind;
  if (trail === null) return tokenizer.decode([...ids.subarray(framed.before, end)]);
  const decoder = tokenizer.createDecoder('start');
  const scores = news?.scores ?? noScores;
  let text = '';
  const add = (piece: string) => {
    text += piece;
    trail.decoded(piece);
  };
  for (const [index, id] of ids.entries()) {
    // Nothing comes before the first token, so it has no score.
    trail.add(id, scoreAt(scores, index - 1), true);
    if (index >= framed.before && index < end) add(decoder.push([id]));
  }
  add(decoder.end());
  return text;
}
