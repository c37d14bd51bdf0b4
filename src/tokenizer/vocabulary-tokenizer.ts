// Text <-> ids by a vocabulary that a model brings along: byte pair encoding over bytes or characters,
// with its own pieces, merges and added tokens. Ids are those that Hugging Face's tokenizers give.

import type { AddedToken, SpaceMark, Vocabulary } from '../../models/vocabulary.ts';
import { invariant } from '../errors.ts';
import { AddedTokens } from './added-tokens.ts';
import { ByteDecoder, decodeBytes } from './byte-decoder.ts';
import type { Decoder, Frame, TextOrigin, Tokenizer } from './contract.ts';
import { mostTextPerToken } from './most-text.ts';
import { openingOf } from './opening.ts';
import { PairMerger } from './pair-merger.ts';
import { PairTable } from './pair-table.ts';
import { type Symbols, symbolsOf } from './symbols.ts';
import { TextSteps } from './text-steps.ts';
import { TokenBytes } from './token-bytes.ts';
import { WholePieces } from './whole-pieces.ts';

/** Nearly every piece has fewer symbols than this; the memory to merge those is kept. */
const usualSymbols = 1024;

export class VocabularyTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly frame: Frame;
  readonly addsPrefixSpace: boolean;
  readonly #spaceMark: SpaceMark | null;
  readonly #specialIds: ReadonlySet<number>;
  readonly #bytes: TokenBytes;
  readonly #normalizer: TextSteps;
  readonly #pieces: TextSteps;
  /** Those that are looked for in the text as it is, and in its normal form. */
  readonly #inText: AddedTokens;
  readonly #inNormalForm: AddedTokens;
  readonly #symbols: Symbols;
  readonly #pairs: PairTable;
  readonly #merger: PairMerger;
  readonly #scratch = new Int32Array(usualSymbols);
  readonly #wholes: WholePieces;
  readonly #mostText: number;

  constructor(vocabulary: Vocabulary, vocabularySize: number) {
    const { tokens, added } = vocabulary;
    invariant(vocabularySize >= tokens.length, 'the model has a row for every token');
    const idsOf = new Map<string, number>();
    for (const [id, token] of tokens.entries()) if (token !== null) idsOf.set(token, id);

    this.vocabularySize = vocabularySize;
    this.frame = { before: vocabulary.prefixIds, behind: vocabulary.suffixIds };
    this.addsPrefixSpace = vocabulary.pieces.some(({ kind }) => kind === 'prepend');
    this.#spaceMark = vocabulary.spaceMark;
    this.#specialIds = new Set(added.filter(({ isSpecial }) => isSpecial).map(({ id }) => id));
    this.#normalizer = new TextSteps(vocabulary.normalizer);
    this.#pieces = new TextSteps(vocabulary.pieces);
    const textOf = ({ text, isNormalized }: AddedToken) =>
      isNormalized ? this.#normalizer.whole(text) : text;
    this.#bytes = new TokenBytes(vocabulary, vocabularySize, textOf);
    const inText = added.filter(({ isNormalized }) => !isNormalized);
    const inNormalForm = added.filter(({ isNormalized }) => isNormalized);
    this.#inText = new AddedTokens(inText, textOf);
    this.#inNormalForm = new AddedTokens(inNormalForm, textOf);
    this.#symbols = symbolsOf(vocabulary, idsOf);
    this.#pairs = new PairTable(vocabulary.merges, madeBy(vocabulary, idsOf));
    this.#merger = new PairMerger(this.#pairs, usualSymbols);
    this.#wholes = new WholePieces(vocabulary, (piece) => this.#merged(piece));
    this.#mostText = mostTextPerToken(vocabulary);
  }

  encode(text: string): number[] {
    return this.encodeWithin(text, Number.POSITIVE_INFINITY)!;
  }

  encodeWithin(text: string, limit: number): number[] | null {
    if (text.length > limit * this.#mostText) return null;
    const ids: number[] = [];
    for (const token of this.#tokensAndPieces(text.replace(/\p{Surrogate}/gu, '\ufffd'))) {
      if (typeof token !== 'string') ids.push(token.id);
      else if (!this.#encodePiece(token, limit, ids)) return null;
      if (ids.length > limit) return null;
    }
    return ids;
  }

  *#tokensAndPieces(text: string): Iterable<AddedToken | string> {
    for (const stretch of this.#inText.stretches(text, true)) {
      if ('token' in stretch) {
        yield stretch.token;
        continue;
      }
      const normal = this.#normalizer.whole(stretch.text);
      for (const inner of this.#inNormalForm.stretches(normal, stretch.atStart)) {
        if ('token' in inner) yield inner.token;
        else yield* this.#pieces.pieces(inner.text, inner.atStart);
      }
    }
  }

  /** Appends the piece's ids; false where there would be more than `limit` then. */
  #encodePiece(piece: string, limit: number, ids: number[]): boolean {
    const whole = this.#wholes.find(piece);
    if (whole >= 0) {
      ids.push(whole);
      return true;
    }
    return this.#merge(piece, limit, ids);
  }

  /** As `#encodePiece`, whether the piece is a token or not. */
  #merge(piece: string, limit: number, ids: number[]): boolean {
    const most = this.#symbols.most(piece);
    const isUsual = most <= usualSymbols;
    const symbols = isUsual ? this.#scratch : new Int32Array(most);
    const length = this.#symbols.read(piece, symbols);
    if (!isUsual && ids.length + this.#symbols.fewestTokens(symbols, length) > limit) return false;
    const merger = isUsual ? this.#merger : new PairMerger(this.#pairs, length);
    merger.merge(symbols, length, ids);
    return true;
  }

  #merged(piece: string): readonly number[] {
    const ids: number[] = [];
    this.#merge(piece, Number.POSITIVE_INFINITY, ids);
    return ids;
  }

  decode(ids: readonly number[]): string {
    const opening = openingOf(this.#spaceMark, this.#bytes);
    return decodeBytes(ids.map((id) => opening(this.#known(id))));
  }

  bytesOf(id: number): Uint8Array {
    return this.#bytes.of(this.#known(id));
  }

  #known(id: number): number {
    invariant(
      Number.isInteger(id) && id >= 0 && id < this.vocabularySize,
      `the id ${id} is in a vocabulary of ${this.vocabularySize}`,
    );
    return id;
  }

  isSpecial(id: number): boolean {
    return this.#specialIds.has(id);
  }

  isTwin(id: number): boolean {
    return this.#bytes.isTwin(id);
  }

  createDecoder(origin: TextOrigin = 'start'): Decoder {
    const opening = openingOf(origin === 'start' ? this.#spaceMark : null, this.#bytes);
    return new ByteDecoder({ bytesOf: (id) => opening(this.#known(id)) });
  }
}

/** What becomes of the two tokens of each merge. */
function madeBy({ tokens, merges }: Vocabulary, idsOf: ReadonlyMap<string, number>): Int32Array {
  return Int32Array.from({ length: merges.length / 2 }, (_, merge) => {
    const [left, right] = [tokens[merges[2 * merge]!], tokens[merges[2 * merge + 1]!]];
    const id = idsOf.get(`${left}${right}`);
    invariant(id !== undefined, `merge ${merge} leads to a token`);
    return id;
  });
}
