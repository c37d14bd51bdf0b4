// Words that must not be generated, as token sequences: each as it begins a text and as it follows a
// space, since these are different tokens. vLLM leaves out the second form where it has another
// length than the first; here both are banned.

import { ServeError } from '../../errors.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';

export function bannedSequences(words: readonly string[], tokenizer: Tokenizer): Int32Array[] {
  return words.flatMap((word) => {
    // A word that is only white space is banned as it is.
    const bare = word.trimStart() || word;
    const first = encode(bare, tokenizer);
    if (first === null) {
      throw new ServeError(
        'invalid_value',
        `bad_words has ${JSON.stringify(word)}, which is no text of this model`,
        'bad_words',
      );
    }
    const spaced = encode(` ${bare}`, tokenizer);
    return spaced === null ? [first] : [first, spaced];
  });
}

/** Null for what no tokens lead to: a model without a vocabulary has few texts. */
function encode(text: string, tokenizer: Tokenizer): Int32Array | null {
  try {
    const ids = tokenizer.encode(text);
    return ids.length === 0 ? null : Int32Array.from(ids);
  } catch (error) {
    if (error instanceof ServeError) return null;
    throw error;
  }
}
