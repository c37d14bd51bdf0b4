// Which tokenizer a checkpoint speaks. GPT-2's own vocabulary is built into the server; another one
// goes into the artifact; without any, a text is its ids.

import { CheckpointError } from '../../models/errors.ts';
import { publishedSizes } from '../../models/gpt2/config.ts';
import type { TokenizerKind } from '../../models/manifest.ts';
import type { Vocabulary } from '../../models/vocabulary.ts';
import { readAddedTokens } from './vocabulary/added.ts';
import { buildVocabulary } from './vocabulary/build.ts';
import { VocabularyFolder } from './vocabulary/files.ts';
import { framed } from './vocabulary/frame.ts';
import { readOwnWords } from './vocabulary/own-words.ts';
import { isPublished } from './vocabulary/published.ts';

export interface OwnTokenizer {
  readonly kind: TokenizerKind;
  /** What the artifact has to bring along; null where it is not `bpe`. */
  readonly vocabulary: Vocabulary | null;
}

/** Throws `CheckpointError` naming the file for a vocabulary that cannot be used exactly. */
export function detectTokenizer(directory: string, vocabularySize: number): OwnTokenizer {
  const folder = new VocabularyFolder(directory);
  const { vocabularySize: publishedSize } = publishedSizes['124M'];
  const found = readOwnWords(folder);
  if (found === null) return vocabularySize === publishedSize ? gpt2 : ids;
  if (found === 'published') {
    if (vocabularySize >= publishedSize) return gpt2;
    throw new CheckpointError(
      `the vocabulary is GPT-2's, of ${publishedSize} tokens, and the model's has ${vocabularySize}`,
    );
  }
  const added = readAddedTokens(folder, found.ids, vocabularySize);
  const words = framed(found, folder, added);
  const vocabulary = buildVocabulary(words, added, vocabularySize);
  return isPublished(words, added) ? gpt2 : { kind: 'bpe', vocabulary };
}

const gpt2: OwnTokenizer = { kind: 'gpt2', vocabulary: null };
const ids: OwnTokenizer = { kind: 'ids', vocabulary: null };
