import { finishCodes, type Outcome } from '../../src/scheduler/outcome.ts';

/** What was reported since the last look: [id, token, finish]. */
export function takeNews(outcome: Outcome) {
  const { ids, tokens, finishes, count } = outcome;
  const entries = Array.from(ids.subarray(0, count), (id, index) => {
    return [id, tokens[index], finishCodes[finishes[index]!]];
  });
  outcome.clear();
  return entries;
}
