// What a checkpoint's folder says about its words: tokenizer.json where there is one; else vocab.json
// and merges.txt, or, under OpenAI's names, encoder.json and vocab.bpe.

import { CheckpointError } from '../../../models/errors.ts';
import type { OwnWords } from './build.ts';
import { idsByToken, parseMerges, type VocabularyFolder } from './files.ts';
import { hasPublishedIds } from './published.ts';
import { byteLevelSteps } from './steps.ts';
import { readTokenizerJson, tokenizerFile } from './tokenizer-json.ts';

/** A vocabulary and its merges. */
const pairs = [
  ['vocab.json', 'merges.txt'],
  ['encoder.json', 'vocab.bpe'],
] as const;

/** What else vocabularies come as. */
const others: readonly (readonly [file: string, what: string])[] = [
  ['vocab.txt', 'a WordPiece vocabulary'],
  ['spiece.model', 'a SentencePiece model'],
  ['sentencepiece.model', 'a SentencePiece model'],
  ['tokenizer.model', 'a SentencePiece model'],
];

/** Null where the folder has no vocabulary; `published`: GPT-2's, as far as one can see. */
export function readOwnWords(folder: VocabularyFolder): OwnWords | 'published' | null {
  if (folder.has(tokenizerFile)) return readTokenizerJson(folder.fields(tokenizerFile));
  for (const [vocabulary, merges] of pairs) {
    if (!folder.has(vocabulary)) continue;
    const ids = idsByToken(vocabulary, folder.json(vocabulary));
    if (folder.has(merges)) return byteLevel(folder, vocabulary, merges, ids);
    if (hasPublishedIds(ids)) return 'published';
    throw new CheckpointError(`${merges} is missing beside ${vocabulary}`);
  }
  for (const [file, what] of others) {
    if (!folder.has(file)) continue;
    throw new CheckpointError(
      `${file} is ${what}; supported: byte pair encoding, as ${tokenizerFile}, as vocab.json and ` +
        'merges.txt, or as encoder.json and vocab.bpe',
    );
  }
  requireNoOtherClass(folder);
  return null;
}

/** Whoever names another class than GPT-2's, here or there, has files that are not in the folder. */
function requireNoOtherClass(folder: VocabularyFolder): void {
  for (const file of ['tokenizer_config.json', 'config.json']) {
    const fields = folder.optional(file);
    if (!fields?.has('tokenizer_class')) continue;
    const supported = `GPT2Tokenizer, or a ${tokenizerFile} with byte pair encoding`;
    fields.text('tokenizer_class', /^GPT2Tokenizer(Fast)?$/, supported);
  }
}

/** Two files of byte-level BPE, read as GPT-2's class reads them. */
function byteLevel(
  folder: VocabularyFolder,
  where: string,
  mergesWhere: string,
  ids: ReadonlyMap<string, number>,
): OwnWords {
  const merges = parseMerges(mergesWhere, folder.text(mergesWhere));
  const config = folder.optional('tokenizer_config.json');
  const addsSpace = config?.oneOf('add_prefix_space', [true, false], false) ?? false;
  return {
    where,
    mergesWhere,
    ids,
    merges,
    symbols: 'bytes',
    prefersWholes: false,
    unknown: null, // a byte without a token is left out
    fusesUnknown: false,
    fallsBackToBytes: false,
    spaceMark: null,
    normalizer: [],
    pieces: byteLevelSteps(addsSpace),
    prefixIds: [],
    suffixIds: [],
  };
}
