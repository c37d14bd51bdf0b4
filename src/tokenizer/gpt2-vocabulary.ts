// GPT-2's published vocabulary, read from js-tiktoken: the only file that knows that package, and
// only its data. The tokens come as one line, "! 0" and then each in base64, in the order of their
// ranks; all of them are decoded in one pass.

import published from 'js-tiktoken/ranks/gpt2';
import { invariant } from '../errors.ts';
import { ByteTable } from './byte-table.ts';

export interface Vocabulary {
  readonly table: ByteTable;
  /** Splits a text into pieces that are encoded apart: no token reaches across two of them. */
  readonly pattern: RegExp;
  /** The one token that has a text of its own, which no merging leads to. */
  readonly special: { readonly text: string; readonly id: number };
}

export function readGpt2Vocabulary(): Vocabulary {
  const special = Object.entries(published.special_tokens)[0];
  invariant(special !== undefined, 'the published vocabulary has one special token');
  const [text, id] = special;
  const table = readRanks(published.bpe_ranks, id);
  return { table, pattern: asPublished(published.pat_str), special: { text, id } };
}

/**
 * White space in the pattern is Unicode's, in OpenAI's encoder and in Hugging Face's. JavaScript's \s
 * differs in two characters (it has U+FEFF, the byte order mark, and lacks U+0085), so that
 * js-tiktoken encodes texts with them differently from all others.
 */
function asPublished(pattern: string): RegExp {
  const spelledOut = pattern
    .replaceAll('\\s', '\\p{White_Space}')
    .replaceAll('\\S', '\\P{White_Space}');
  return new RegExp(spelledOut, 'gu');
}

const header = '! 0 ';
const space = 0x20;

function readRanks(ranks: string, tokenCount: number): ByteTable {
  invariant(ranks.startsWith(header), 'the published ranks are one line that begins at 0');
  const sextets = sextetTable();
  const bytes = new Uint8Array(ranks.length);
  const starts = new Uint32Array(tokenCount + 1);
  let token = 0;
  let length = 0;
  let bits = 0;
  let bitCount = 0;
  for (let index = header.length; index < ranks.length; index++) {
    const code = ranks.charCodeAt(index);
    const sextet = sextets[code]!;
    if (code === space) {
      starts[++token] = length;
      bitCount = 0;
    } else if (sextet >= 0) {
      bits = (bits << 6) | sextet;
      bitCount += 6;
      if (bitCount >= 8) {
        bitCount -= 8;
        bytes[length++] = bits >>> bitCount;
      }
    }
  }
  starts[++token] = length;
  invariant(token === tokenCount, 'the published ranks are one for each id below the special one');
  return new ByteTable(bytes.slice(0, length), starts);
}

/** Character code -> its six bits, or -1 for padding. */
function sextetTable(): Int8Array {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const table = new Int8Array(128).fill(-1);
  for (let sextet = 0; sextet < alphabet.length; sextet++) {
    table[alphabet.charCodeAt(sextet)] = sextet;
  }
  return table;
}
