// GPT-2's vocabulary as GGUF wants it: each token spelled in printable characters, and the list of
// merges that it was learned from, which the ranks alone determine.

import { spellBytes } from '../../models/byte-spelling.ts';
import { readGpt2Vocabulary } from '../../src/tokenizer/gpt2-vocabulary.ts';

export interface GgufVocabulary {
  readonly tokens: readonly string[];
  /** `left right`, in the order in which they were learned. */
  readonly merges: readonly string[];
  readonly special: number;
}

export function ggufVocabulary(): GgufVocabulary {
  const { table, special } = readGpt2Vocabulary();
  const tokens: string[] = [];
  const merges: string[] = [];
  for (let token = 0; token < table.tokenCount; token++) {
    const bytes = table.bytesOf(token);
    tokens.push(spellBytes(bytes));
    if (bytes.length < 2) continue;
    const [left, right] = lastMerge(bytes, token, (start, end) => table.find(bytes, start, end));
    merges.push(
      `${spellBytes(bytes.subarray(0, left))} ${spellBytes(bytes.subarray(left, right))}`,
    );
  }
  tokens[special.id] = special.text;
  return { tokens, merges, special: special.id };
}

/** Where the two parts end that were merged into this token: what older merges make of its bytes. */
function lastMerge(
  bytes: Uint8Array,
  token: number,
  find: (start: number, end: number) => number,
): [left: number, right: number] {
  const ends = Array.from(bytes, (_, index) => index + 1);
  while (ends.length > 2) {
    let best = token;
    let place = -1;
    for (let index = 0; index + 1 < ends.length; index++) {
      const merged = find(ends[index - 1] ?? 0, ends[index + 1]!);
      if (merged < 0 || merged >= best) continue;
      best = merged;
      place = index;
    }
    if (place < 0) throw new Error(`no merge leads to token ${token}`);
    ends.splice(place, 1);
  }
  return [ends[0]!, ends[1]!];
}
