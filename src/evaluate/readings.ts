// The two ways in which texts are read. As they stand: the recipe of Hugging Face's page on perplexity,
// and what "perplexity" without a word of explanation mostly means. As documents: that of
// lm-evaluation-harness, where every token counts.

import { type DataFile, wrongData } from './data.ts';
import type { Reading } from './likelihood.ts';
import { type Subject, tokenizerFor } from './task.ts';
import { encodeLong, joined } from './text-ids.ts';

/** Throws `ServeError` (invalid_setting) where the text is shorter than a window. */
export function asItStands(data: DataFile, ids: Int32Array, subject: Subject): Reading {
  const { contextTokens, strideTokens } = subject;
  if (ids.length < contextTokens) {
    throw wrongData(
      data,
      `has ${ids.length} tokens, and a window ${contextTokens}: give a shorter --context, or more text`,
    );
  }
  return { texts: [ids], windowing: { contextTokens, strideTokens, last: 'short' } };
}

/**
 * Each behind the token that begins a text, where the model has one; windows overlap by one token at
 * least.
 */
export function asDocuments(data: DataFile, texts: readonly string[], subject: Subject): Reading {
  const { contextTokens, strideTokens, bosTokenId } = subject;
  const tokenizer = tokenizerFor(data, subject);
  return {
    texts: texts.map((text) => withFirst(bosTokenId, encodeLong(text, tokenizer))),
    windowing: {
      contextTokens,
      strideTokens: Math.min(strideTokens, contextTokens - 1),
      last: 'full',
    },
  };
}

function withFirst(id: number | null, ids: Int32Array): Int32Array {
  return id === null ? ids : joined([Int32Array.of(id), ids]);
}
