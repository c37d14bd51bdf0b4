// What text <-> ids promises, whatever the vocabulary. Pure: the same answer every time, and nothing
// here keeps text once a call has returned.

export interface Tokenizer {
  /** Ids are 0 .. vocabularySize - 1. */
  readonly vocabularySize: number;

  /** Throws `ServeError` (invalid_value, param 'prompt') for text that stands for no ids. */
  encode(text: string): number[];

  /**
   * As `encode`, or null where that gives more than `limit` ids; found out without encoding the
   * whole text, so that a prompt of any size that cannot fit costs no more than one that just fits.
   */
  encodeWithin(text: string, limit: number): number[] | null;

  /** Bytes that are no UTF-8 become U+FFFD. Throws for an id outside the vocabulary. */
  decode(ids: readonly number[]): string;

  /** The bytes that the id adds to a text: some ids end within a character, and `decode` hides that. */
  bytesOf(id: number): Uint8Array;

  /** What a prompt is put between, where a client does not say that it is not to be. */
  readonly frame: Frame;
  /** Whether a text that begins with no space is encoded as if it did. */
  readonly addsPrefixSpace: boolean;

  /** Whether the token says something about the text and is no part of it. */
  isSpecial(id: number): boolean;

  /** Whether a token with a lower id adds the same bytes. */
  isTwin(id: number): boolean;

  /** Decodes ids as they come. `continuation`: the text follows on from another, say its prompt. */
  createDecoder(origin?: TextOrigin): Decoder;
}

export interface Frame {
  readonly before: readonly number[];
  readonly behind: readonly number[];
}

export const noFrame: Frame = { before: [], behind: [] };

export type TextOrigin = 'start' | 'continuation';

/**
 * All pieces of a decoder, `end` included, joined are exactly `decode` of all its ids (after a space
 * where a continuation needs one), however the ids were parcelled. A piece never ends within a
 * character: bytes that may still become one are held back.
 */
export interface Decoder {
  push(ids: readonly number[]): string;
  /** What is still held back. Nothing may be pushed afterwards. */
  end(): string;
}
