// Every completion has as many tokens as were asked for: figures of shorter ones would not compare.

import type { CompletionBody } from './stream.ts';

/** Throws `Error` where a server generated another number of tokens. */
export function requireLength(
  { max_tokens: asked }: CompletionBody,
  generatedTokens: number,
): void {
  if (generatedTokens === asked) return;
  throw new Error(`${generatedTokens} tokens were generated where ${asked} were asked for`);
}
