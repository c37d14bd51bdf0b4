// Byte-level BPE, slow and obvious: each merge looks at all pairs anew. Reads the published ranks in
// its own way, so that it shares nothing with the tokenizer but the data.

import published from 'js-tiktoken/ranks/gpt2';

/** A token's bytes, one character each -> its id. */
const ranks = new Map(
  published.bpe_ranks
    .split(' ')
    .slice(2)
    .map((token, rank) => [Buffer.from(token, 'base64').toString('latin1'), rank]),
);

// JavaScript's \s is not Unicode's white space, which the published pattern means.
const pattern =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

export function slowEncode(text: string): number[] {
  const texts = text.split('<|endoftext|>');
  return texts.flatMap((plain, index) => {
    const pieces = plain.match(pattern) ?? [];
    return [...(index > 0 ? [50256] : []), ...pieces.flatMap(slowMerge)];
  });
}

export function slowMerge(piece: string): number[] {
  const parts = [...Buffer.from(piece, 'utf8').toString('latin1')];
  for (;;) {
    const joined = parts.slice(1).map((part, index) => ranks.get(parts[index] + part) ?? Infinity);
    const lowest = Math.min(Infinity, ...joined);
    if (lowest === Infinity) return parts.map((part) => ranks.get(part)!);
    const index = joined.indexOf(lowest);
    parts.splice(index, 2, parts[index]! + parts[index + 1]!);
  }
}
