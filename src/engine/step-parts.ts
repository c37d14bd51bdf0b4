// What an engine's loop is made of: who decides its steps, and who carries them out. There is a pair for a
// cache of rows and one for a cache of blocks; a plan that one of them makes, the same pair takes.

import type { ModelScores } from '../model/model-scores.ts';
import type { MixedPlan } from '../scheduler/mixed-plan.ts';
import type { Outcome } from '../scheduler/outcome.ts';
import type { Plan, StepAnswers } from '../scheduler/plan.ts';
import type { SequenceRequest } from '../scheduler/sequence.ts';
import type { SchedulerLoad } from '../scheduler/step-by-step.ts';

export type AnyPlan = Plan | MixedPlan;

/** Decide, do, commit; a `Scheduler` or a `PagedScheduler`. */
export interface StepScheduler {
  readonly outcome: Outcome;
  readonly load: SchedulerLoad;
  /** How often a sequence lost its place in the cache to another, since the start. */
  readonly preemptionCount: number;
  submit(request: SequenceRequest): void;
  abort(id: number): void;
  forget(): void;
  plan(): AnyPlan | null;
  commit(plan: AnyPlan, picks: Int32Array, answers: StepAnswers, runMs: number): void;
  fail(plan: AnyPlan, reason: string): void;
  checkIntegrity(): void;
}

/** A `Model` or a `PagedModel`. */
export interface StepModel {
  run(plan: AnyPlan): ModelScores;
}

export interface StepParts {
  readonly scheduler: StepScheduler;
  readonly model: StepModel;
  /** Prompt tokens that were looked for in the cache, and found, since the start. */
  readonly cache: { readonly queriedTokenCount: number; readonly hitTokenCount: number };
  /** Of a plan. */
  readonly mostEntries: number;
}
