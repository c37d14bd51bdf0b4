// What a step's pick makes of its sequence: one token more, its end, or its failure. Told to whoever
// reports it.

import { narrowed } from '../kv/token-score.ts';
import type { Outcome } from './outcome.ts';
import { failedPick, type StepAnswers } from './plan.ts';
import type { Sequence } from './sequence.ts';

export interface Endings {
  readonly outcome: Outcome;
  /** Ends a sequence; what the cache holds of it may serve others where it is good. */
  readonly remove: (sequence: Sequence, isGood: boolean) => void;
}

/** Books what was picked for an entry of the plan, or why nothing was. */
export function takePick(
  endings: Endings,
  sequence: Sequence,
  entry: number,
  picks: Int32Array,
  answers: StepAnswers,
): void {
  const { outcome, remove } = endings;
  const token = picks[entry]!;
  if (token === failedPick) {
    giveUp(endings, sequence, answers.failures.get(entry)!);
  } else if (sequence.maxTokens === 0) {
    remove(sequence, true);
    outcome.addEnd(sequence.id, 'length');
  } else {
    const finish = sequence.accept(token);
    if (finish !== null) remove(sequence, true);
    outcome.add(sequence.id, token, finish, answers.pickScores[entry] ?? null);
  }
}

/** The same for the first one, which says that a prompt is complete: its own, or its leader's. */
export function takeFirstPick(
  endings: Endings,
  sequence: Sequence,
  leader: Sequence,
  entry: number,
  picks: Int32Array,
  answers: StepAnswers,
): void {
  if (picks[entry] !== failedPick && !sequence.hasGenerated) {
    endings.outcome.addPrompt({
      id: sequence.id,
      cachedTokenCount: sequence.cachedTokenCount,
      scores: narrowed(leader.promptScores.all, sequence.promptLogprobCount),
    });
  }
  takePick(endings, sequence, entry, picks, answers);
}

export function giveUp({ outcome, remove }: Endings, sequence: Sequence, reason: string): void {
  remove(sequence, false);
  outcome.addFailure(sequence.id, reason);
}
