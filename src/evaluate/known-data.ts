// Test sets as they are published, by the SHA-256 of their files: numbers of other files may not be
// compared with anybody's.

const known: Readonly<Record<string, string>> = {
  '4aa8d02cd17c719165fc8a7887fddd641f43fcafa4b1c806ca8abc31fabdb226': "OpenAI's LAMBADA test set",
  '173c87a53759e0201f33e0ccf978e510c2042d7f2cb78229d9a50d79b9e7dd08': "WikiText's raw test set",
};

/** Null where it is none of these. */
export function nameOfData(sha256: string): string | null {
  return known[sha256] ?? null;
}
