// The beginning of a text whose vocabulary writes spaces as marks, one of them before the first word:
// that one is none of the text's. Nothing is left out of a text that continues another.

import type { SpaceMark } from '../../models/vocabulary.ts';
import type { TokenBytes } from './token-bytes.ts';

const space = 0x20;

/** Called with one id after another; returns the bytes that the text has of each. */
export type Opening = (id: number) => Uint8Array;

export function openingOf(spaceMark: SpaceMark | null, tokens: TokenBytes): Opening {
  const leftOut = spaceMark?.leftOut ?? 'none';
  let isOpen = leftOut === 'none';
  return (id) => {
    if (isOpen) return tokens.of(id);
    if (leftOut === 'of first token') {
      isOpen = true;
      return tokens.withoutMarks(id);
    }
    const bytes = tokens.of(id);
    isOpen = bytes.length > 0;
    return bytes[0] === space ? bytes.subarray(1) : bytes;
  };
}
