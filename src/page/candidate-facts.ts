// What there is to say of a token: the likeliest candidates, the token itself where it is not one of
// them, and how likely it was.

import { percent } from './numbers.ts';
import { bitsOf, type Candidate, candidateCount, rankOf, type Token } from './token.ts';

export interface Row extends Candidate {
  /** 1 is the likeliest; null: beyond those that are known. */
  readonly rank: number | null;
  readonly isChosen: boolean;
}

const shownCount = 10;

export function rowsOf(token: Token): readonly Row[] {
  if (token.logprob === null) return [];
  const rank = rankOf(token);
  const rows = token.candidates.slice(0, shownCount).map((candidate, index) => ({
    ...candidate,
    rank: index + 1,
    isChosen: candidate.id === token.id,
  }));
  if (rank !== null && rank <= shownCount) return rows;
  return [...rows, { id: token.id, logprob: token.logprob, rank, isChosen: true }];
}

/** How likely the token was, in a line. */
export function tokenFacts(token: Token): string {
  if (token.logprob === null) return 'Nothing comes before it, so it has no probability.';
  const rank = rankOf(token);
  const place =
    rank === 1
      ? 'the likeliest'
      : rank === null
        ? `not among the ${candidateCount} likeliest`
        : `rank ${rank}`;
  return `${percent(token.logprob)} · ${place} · ${bitsOf(token.logprob).toFixed(1)} bits`;
}
