// A token of a text, with what the model thought of it: how likely it was, and what else it might have
// been. Probabilities are the model's own, before temperature, top-k and top-p.

export interface Candidate {
  readonly id: number;
  /** Natural. */
  readonly logprob: number;
}

export interface Token {
  readonly id: number;
  /** What it adds to the text; empty where it is only the beginning of a character, or ended the text. */
  text: string;
  /** Null where nothing comes before it. */
  readonly logprob: number | null;
  /** The likeliest in its place, the best first. */
  readonly candidates: readonly Candidate[];
}

/** How many of the likeliest a token is asked with; the most that the API gives. */
export const candidateCount = 20;

/** 1 for the likeliest; null: not among the candidates. */
export function rankOf({ id, candidates }: Token): number | null {
  return candidates.findIndex((candidate) => candidate.id === id) + 1 || null;
}

/** How surprising something of this log-probability is: 1 bit for one half, 10 for a thousandth. */
export function bitsOf(logprob: number): number {
  // Not -0.
  return Math.max(0, -logprob / Math.LN2);
}

/** Of those tokens that something comes before; null where there are none. */
export function perplexityOf(tokens: readonly Pick<Token, 'logprob'>[]): number | null {
  const known = tokens.flatMap(({ logprob }) => (logprob === null ? [] : [logprob]));
  if (known.length === 0) return null;
  return Math.exp(-known.reduce((sum, logprob) => sum + logprob, 0) / known.length);
}
