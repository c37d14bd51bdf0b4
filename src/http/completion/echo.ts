// The prompt as an echo shows it: the text that its ids stand for. A prompt that was not given has
// none, though the token that begins a text stands in its place.

import { noScores, type PromptNews, scoreAt } from '../../engine/protocol.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { Prompt } from './request.ts';
import type { TokenTrail } from './token-trail.ts';

/** Puts the prompt's tokens on the trail, where there is one, and returns its text. */
export function echo(
  { ids, isBlank }: Prompt,
  news: PromptNews | null,
  tokenizer: Tokenizer,
  trail: TokenTrail | null,
): string {
  if (trail === null) return isBlank ? '' : tokenizer.decode([...ids]);
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
    if (!isBlank) add(decoder.push([id]));
  }
  add(decoder.end());
  return text;
}
