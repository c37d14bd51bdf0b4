// GPT-2's published vocabulary, as its files spell it: whoever brings exactly this one is served with
// the copy that is built in.

import gpt2Ranks from 'js-tiktoken/ranks/gpt2';
import { spellBytes } from '../../../models/byte-spelling.ts';
import type { AddedToken } from '../../../models/vocabulary.ts';
import type { OwnWords } from './build.ts';
import { gpt2Pattern } from './steps.ts';

/** By spelling, the special token too. From tiktoken's table: `! <first id> <token> <token> …`, in base64. */
function publishedIds(): ReadonlyMap<string, number> {
  const ids = new Map<string, number>(Object.entries(gpt2Ranks.special_tokens));
  for (const line of gpt2Ranks.bpe_ranks.split('\n')) {
    const [, firstId, ...tokens] = line.split(' ');
    tokens.forEach((token, at) => {
      ids.set(spellBytes(Buffer.from(token, 'base64')), Number(firstId) + at);
    });
  }
  return ids;
}

export function hasPublishedIds(ids: ReadonlyMap<string, number>): boolean {
  const published = publishedIds();
  return (
    ids.size === published.size && [...ids].every(([token, id]) => published.get(token) === id)
  );
}

/** Whether all texts have the ids that GPT-2 gives them. */
export function isPublished(words: OwnWords, added: readonly AddedToken[]): boolean {
  const [step, ...moreSteps] = words.pieces;
  const splitsAsGpt2 =
    step?.kind === 'split' &&
    step.pattern === gpt2Pattern &&
    step.behavior === 'isolated' &&
    !step.inverted &&
    moreSteps.length === 0;
  const [endOfText, ...moreAdded] = added;
  const addsAsGpt2 =
    moreAdded.length === 0 &&
    endOfText?.isSpecial === true &&
    !(endOfText.stripsLeft || endOfText.stripsRight || endOfText.isWord);
  return (
    words.symbols === 'bytes' &&
    words.normalizer.length === 0 &&
    words.prefixIds.length + words.suffixIds.length === 0 &&
    splitsAsGpt2 &&
    addsAsGpt2 &&
    hasPublishedIds(words.ids) &&
    mergesInOrder(words)
  );
}

/** In the published order each merge makes the next id after those of single bytes. */
function mergesInOrder({ merges, ids }: OwnWords): boolean {
  return (
    merges.length === 50_000 && merges.every((pair, at) => ids.get(pair.join('')) === 256 + at)
  );
}
