// The tokenizers that need nothing but a name and a size; those with vocabularies of their own are
// opened with their artifacts.

import type { TokenizerKind } from '../../models/manifest.ts';
import { BytePairTokenizer } from './byte-pair-tokenizer.ts';
import type { Tokenizer } from './contract.ts';
import { readGpt2Vocabulary } from './gpt2-vocabulary.ts';
import { IdsTokenizer } from './ids-tokenizer.ts';

export type { Decoder, Frame, TextOrigin, Tokenizer } from './contract.ts';

/** `vocabularySize` is the model's: its embedding may have rows that no text leads to. */
export function createTokenizer(
  kind: Exclude<TokenizerKind, 'bpe'>,
  vocabularySize: number,
): Tokenizer {
  switch (kind) {
    case 'gpt2':
      return new BytePairTokenizer(readGpt2Vocabulary(), vocabularySize);
    case 'ids':
      return new IdsTokenizer(vocabularySize);
  }
}
