// tokenizer.json, as Hugging Face's tokenizers write it: model, normalizer, pre-tokenizer,
// post-processor and decoder. Byte pair encoding is read, over bytes or characters.

import { CheckpointError } from '../../../models/errors.ts';
import { type Fields, shown } from '../../../models/fields.ts';
import type { SpaceMark, TextStep } from '../../../models/vocabulary.ts';
import type { OwnWords } from './build.ts';
import { idsByToken, type Merge, pairOf } from './files.ts';
import { normalizerSteps, pieceSteps, prependScheme } from './steps.ts';

export const tokenizerFile = 'tokenizer.json';

const yesOrNo = [true, false] as const;

/** Throws `CheckpointError` for what cannot be done exactly. */
export function readTokenizerJson(file: Fields): OwnWords {
  const model = file.object('model');
  requireBytePairs(model);
  const ids = idsByToken(`${tokenizerFile}: model.vocab`, model.raw('vocab'));
  const normalizer = normalizerSteps(optional(file, 'normalizer'));
  const { steps, byteLevel } = pieceSteps(optional(file, 'pre_tokenizer'));
  const decoder = optional(file, 'decoder');
  const symbols = byteLevel ? 'bytes' : 'characters';
  requireBeginnings(file, normalizer, steps);
  return {
    where: tokenizerFile,
    ids,
    merges: readMerges(model),
    mergesWhere: `${tokenizerFile}: model.merges`,
    symbols,
    prefersWholes: model.oneOf('ignore_merges', yesOrNo, false),
    unknown: model.has('unk_token') ? model.text('unk_token', /^.*$/su, 'a token') : null,
    fusesUnknown: model.oneOf('fuse_unk', yesOrNo, false),
    fallsBackToBytes: model.oneOf('byte_fallback', yesOrNo, false),
    spaceMark: symbols === 'bytes' ? bytesDecoder(decoder) : spaceMarkOf(decoder, file),
    normalizer,
    pieces: steps,
    ...frame(optional(file, 'post_processor')),
  };
}

function optional(fields: Fields, name: string): Fields | null {
  return fields.has(name) ? fields.object(name) : null;
}

function requireBytePairs(model: Fields): void {
  // Files of before 2020 do not say: only one kind has merges.
  if (model.has('type') || !model.has('merges')) model.oneOf('type', ['BPE']);
  for (const affix of ['continuing_subword_prefix', 'end_of_word_suffix']) {
    model.oneOf(affix, [''], '');
  }
  if (model.has('dropout')) model.oneOf('dropout', [0]);
}

/** Where a normal form leaves out what a text begins with, nothing is at its beginning any more. */
function requireBeginnings(
  file: Fields,
  normalizer: readonly TextStep[],
  pieces: readonly TextStep[],
): void {
  const asksForBeginning = pieces.some((step) => step.kind === 'prepend' && step.to === 'first');
  const cuts = (step: TextStep) =>
    (step.kind === 'strip' && step.left) || (step.kind === 'replace' && step.by === '');
  if (!asksForBeginning || !normalizer.some(cuts)) return;
  throw file.refuse(
    'normalizer',
    'nothing that leaves out the beginning, with prepend_scheme "first"',
  );
}

function readMerges(model: Fields): readonly Merge[] {
  const merges = model.raw('merges');
  if (!Array.isArray(merges)) throw model.refuse('merges', 'a list');
  return merges.map((merge: unknown, at): Merge => {
    const where = `${tokenizerFile}: model.merges[${at}]`;
    if (typeof merge === 'string') return pairOf(merge, where);
    const isPair = Array.isArray(merge) && merge.length === 2;
    const [left, right] = isPair ? (merge as unknown[]) : [];
    if (typeof left === 'string' && typeof right === 'string') return [left, right];
    throw new CheckpointError(`${where} is ${shown(merge)}; supported: "a b" or ["a", "b"]`);
  });
}

/** Without a decoder there is only one meaning for bytes. */
function bytesDecoder(decoder: Fields | null): null {
  const [only, ...more] = decoder === null ? [] : decodersOf(decoder);
  if (only !== undefined) only.oneOf('type', ['ByteLevel']);
  if (more.length > 0) throw decoder!.refuse('decoders', 'ByteLevel alone');
  return null;
}

function decodersOf(decoder: Fields): readonly Fields[] {
  return decoder.text('type', /^/, 'a kind') === 'Sequence'
    ? decoder.objects('decoders')
    : [decoder];
}

/** Metaspace; or, as converted from SentencePiece: Replace, ByteFallback, Fuse, Strip. */
function spaceMarkOf(decoder: Fields | null, file: Fields): SpaceMark | null {
  if (decoder === null) throw file.refuse('decoder', 'ByteLevel or Metaspace');
  let mark: string | null = null;
  let leftOut: SpaceMark['leftOut'] = 'none';
  for (const part of decodersOf(decoder)) {
    const kinds = ['Metaspace', 'Replace', 'ByteFallback', 'Fuse', 'Strip'] as const;
    switch (part.oneOf('type', kinds)) {
      case 'Metaspace':
        mark = part.text('replacement', /^.$/su, 'a character');
        leftOut = prependScheme(part) === 'never' ? 'none' : 'of first token';
        break;
      case 'Replace':
        mark = part.object('pattern').text('String', /^.$/su, 'a character');
        part.oneOf('content', [' ']);
        break;
      case 'Strip':
        part.oneOf('content', [' ']);
        part.oneOf('start', [1]);
        part.oneOf('stop', [0]);
        leftOut = 'one';
    }
  }
  if (mark !== null) return { mark, leftOut };
  if (leftOut === 'none') return null;
  throw decoder.refuse('decoders', 'Strip after Replace');
}

/** What a post-processor puts around every text, by the ids it names. */
function frame(processor: Fields | null): Pick<OwnWords, 'prefixIds' | 'suffixIds'> {
  const nothing = { prefixIds: [], suffixIds: [] };
  if (processor === null) return nothing;
  const kind = processor.oneOf('type', ['ByteLevel', 'TemplateProcessing', 'Sequence']);
  if (kind === 'ByteLevel') return nothing; // it moves offsets only
  if (kind === 'Sequence') {
    const frames = processor.objects('processors').map(frame);
    const adding = frames.filter(({ prefixIds, suffixIds }) => prefixIds.length + suffixIds.length);
    if (adding.length > 1) throw processor.refuse('processors', 'one that adds tokens');
    return adding[0] ?? nothing;
  }
  const tokens = optional(processor, 'special_tokens');
  const prefixIds: number[] = [];
  const suffixIds: number[] = [];
  let ids = prefixIds;
  for (const part of processor.objects('single')) {
    if (part.has('Sequence')) ids = suffixIds;
    else {
      const name = part.object('SpecialToken').text('id', /^.+$/su, 'a token');
      if (tokens === null)
        throw processor.refuse('special_tokens', 'ids of the tokens in `single`');
      const range = { least: 0, most: Number.MAX_SAFE_INTEGER };
      ids.push(...tokens.object(name).wholeNumbers('ids', range, []));
    }
  }
  return { prefixIds, suffixIds };
}
