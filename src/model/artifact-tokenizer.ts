// The tokenizer of an artifact: the published one, which the server has, or one of its own beside the
// graph. Its file is small and decides every text, so that it is checked to the last byte.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ArtifactError } from '../../models/errors.ts';
import type { Manifest } from '../../models/manifest.ts';
import { parseVocabulary, type Vocabulary, vocabularyFile } from '../../models/vocabulary.ts';
import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts';
import { VocabularyTokenizer } from '../tokenizer/vocabulary-tokenizer.ts';

/** Throws `ArtifactError` where the vocabulary's file is missing or not as it was exported. */
export function openTokenizer(directory: string, manifest: Manifest): Tokenizer {
  const { tokenizer: kind } = manifest;
  const { vocabularySize } = manifest.config;
  if (kind !== 'bpe') return createTokenizer(kind, vocabularySize);
  return new VocabularyTokenizer(readVocabulary(directory, manifest), vocabularySize);
}

function readVocabulary(directory: string, { files, config }: Manifest): Vocabulary {
  const file = path.join(directory, vocabularyFile);
  const expected = files.find(({ name }) => name === vocabularyFile)!; // as the manifest was parsed
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new ArtifactError(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (createHash('sha256').update(bytes).digest('hex') !== expected.sha256) {
    throw new ArtifactError(`${file} is not what was exported: export the model again`);
  }
  return parseVocabulary(JSON.parse(bytes.toString()), config.vocabularySize);
}
