// Long texts as ids: from a text, a piece at a time, or from a file of ids.

import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { type DataFile, wrongData } from './data.ts';

const usualPiece = 1 << 20;

/**
 * The ids of the whole text. It is cut before white space that follows something else, where no token
 * of GPT-2's pattern goes across, so the pieces' ids together are the text's.
 */
export function encodeLong(
  text: string,
  tokenizer: Tokenizer,
  pieceLength = usualPiece,
): Int32Array {
  const pieces: Int32Array[] = [];
  for (let start = 0; start < text.length; ) {
    const end = endOfPiece(text, start + pieceLength);
    pieces.push(Int32Array.from(tokenizer.encode(text.slice(start, end))));
    start = end;
  }
  return joined(pieces);
}

/** The first place from `least` on that may be cut. */
function endOfPiece(text: string, least: number): number {
  const cut = /(?<=\P{White_Space})\p{White_Space}/gu;
  cut.lastIndex = least;
  return cut.exec(text)?.index ?? text.length;
}

export function joined(pieces: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const piece of pieces) {
    all.set(piece, end);
    end += piece.length;
  }
  return all;
}

/** Throws `ServeError` (invalid_setting) where it holds no ids, or others than the model has. */
export function readIds(data: DataFile, vocabularySize: number): Int32Array {
  const { bytes } = data;
  if (bytes.length % 2 !== 0) {
    throw wrongData(data, `has ${bytes.length} bytes: ids have 16 bits each`);
  }
  const ids = new Int32Array(bytes.length / 2);
  for (let index = 0; index < ids.length; index++) {
    const id = bytes.readUInt16LE(2 * index);
    if (id >= vocabularySize) {
      throw wrongData(
        data,
        `id ${index} is ${id}, and the model's ids are 0 to ${vocabularySize - 1}`,
      );
    }
    ids[index] = id;
  }
  return ids;
}
