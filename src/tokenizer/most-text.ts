// How much of a text a token can stand for at most: longer texts than so many tokens are then known
// without being read.

import { byteCharacters } from '../../models/byte-spelling.ts';
import type { Vocabulary } from '../../models/vocabulary.ts';

/** In UTF-16 units; infinite where parts of a text may become no token at all. */
export function mostTextPerToken(vocabulary: Vocabulary): number {
  if (leavesOut(vocabulary)) return Number.POSITIVE_INFINITY;
  let most = 2; // a character without a token
  // A byte takes a unit at most, and so does a character of a spelling.
  for (const token of vocabulary.tokens) most = Math.max(most, token?.length ?? 0);
  for (const { text } of vocabulary.added) most = Math.max(most, text.length);
  return most;
}

function leavesOut({
  symbols,
  tokens,
  unknownId,
  fusesUnknown,
  normalizer,
  pieces,
  added,
}: Vocabulary): boolean {
  const known = new Set(tokens);
  const hasAllBytes = symbols === 'bytes' && byteCharacters.every((byte) => known.has(byte));
  const dropsUnknown = !hasAllBytes && (unknownId === null || fusesUnknown);
  const strips = added.some(({ stripsLeft, stripsRight }) => stripsLeft || stripsRight);
  const removes = pieces.some((step) => step.kind === 'split' && step.behavior === 'removed');
  return dropsUnknown || strips || removes || normalizer.length > 0;
}
