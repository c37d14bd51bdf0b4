// The engine's loop body: decide, do, commit, report. Knows no threads, so that tests can step it;
// the worker calls it until nothing is left to do.

import { BrokenInvariant } from '../errors.ts';
import { flattened } from '../kv/token-score.ts';
import type { MixedPlan } from '../scheduler/mixed-plan.ts';
import { Picker } from './picker.ts';
import type { SequenceRequest, StepReport, StepWork } from './protocol.ts';
import type { AnyPlan, StepModel, StepParts, StepScheduler } from './step-parts.ts';

export interface LoopOptions {
  readonly vocabularySize: number;
  readonly candidateCount: number;
  /** Milliseconds, from any fixed point. */
  readonly now: () => number;
}

export class EngineLoop {
  readonly #cache: StepParts['cache'];
  readonly #scheduler: StepScheduler;
  readonly #picker: Picker;
  readonly #model: StepModel;
  readonly #now: () => number;
  /** When the last step ended, while work is left; else null. */
  #leftOff: number | null = null;

  constructor({ scheduler, model, cache, mostEntries }: StepParts, options: LoopOptions) {
    this.#model = model;
    this.#cache = cache;
    this.#scheduler = scheduler;
    this.#picker = new Picker(mostEntries, options);
    this.#now = options.now;
  }

  submit(request: SequenceRequest): void {
    this.#scheduler.submit(request);
  }

  abort(id: number): void {
    this.#scheduler.abort(id);
  }

  forget(): void {
    this.#scheduler.forget();
  }

  checkIntegrity(): void {
    this.#scheduler.checkIntegrity();
  }

  /** Runs one step, if there is one to run; null when there is nothing to report. */
  step(): StepReport | null {
    const begun = this.#now();
    const { queriedTokenCount, hitTokenCount } = this.#cache;
    const { preemptionCount } = this.#scheduler;
    const plan = this.#scheduler.plan();
    const planned = this.#now();
    const idleMs = this.#leftOff === null ? 0 : begun - this.#leftOff;
    if (plan === null) {
      this.#leftOff = null;
      return this.#scheduler.outcome.count === 0 ? null : this.#report(nothingDone);
    }
    const { fullRowCount } = this.#picker;
    let ran = planned;
    let acceptedTokenCount = 0;
    try {
      const scores = this.#model.run(plan);
      ran = this.#now();
      const answers = this.#picker.pick(plan, scores);
      acceptedTokenCount = answers.acceptedCount;
      this.#scheduler.commit(plan, this.#picker.picks, answers, ran - planned);
    } catch (error) {
      if (error instanceof BrokenInvariant) throw error;
      this.#scheduler.fail(plan, (error as Error).message);
    }
    const committed = this.#now();
    this.#leftOff = committed;
    return this.#report({
      phase: plan.kind === 'mixed' ? phaseOf(plan) : plan.kind,
      tokenCount: tokenCount(plan),
      draftTokenCount: plan.kind === 'verify' ? plan.tokenCount - 1 : 0,
      acceptedTokenCount,
      idleMs,
      scheduleMs: planned - begun,
      runMs: ran - planned,
      sampleMs: committed - ran,
      fullRowCount: this.#picker.fullRowCount - fullRowCount,
      preemptedCount: this.#scheduler.preemptionCount - preemptionCount,
      prefixQueriedTokens: this.#cache.queriedTokenCount - queriedTokenCount,
      prefixHitTokens: this.#cache.hitTokenCount - hitTokenCount,
    });
  }

  #report(work: StepWork): StepReport {
    const { outcome } = this.#scheduler;
    const report: StepReport = {
      kind: 'step',
      ids: outcome.ids.slice(0, outcome.count),
      tokens: outcome.tokens.slice(0, outcome.count),
      finishes: outcome.finishes.slice(0, outcome.count),
      tokenScores: outcome.scores === null ? null : flattened(outcome.scores),
      prompts: outcome.prompts,
      admitted: outcome.admitted.length === 0 ? nobody : Int32Array.from(outcome.admitted),
      failures: outcome.failures,
      load: this.#scheduler.load,
      work,
    };
    outcome.clear();
    return report;
  }
}

const nobody = new Int32Array(0);

/** What a mixed step is where it happens to mix nothing. */
function phaseOf({ decodingCount, pieceCount }: MixedPlan): StepWork['phase'] {
  if (decodingCount === pieceCount) return 'decode';
  return decodingCount === 0 ? 'prefill' : 'mixed';
}

/** Padding is no token. */
function tokenCount(plan: AnyPlan): number {
  if (plan.kind === 'decode') return plan.sequenceCount;
  if (plan.kind === 'verify' || plan.kind === 'mixed') return plan.tokenCount;
  return plan.chunks.reduce((sum, { tokens }) => sum + tokens.length, 0);
}

const nothingDone: StepWork = {
  phase: 'none',
  tokenCount: 0,
  draftTokenCount: 0,
  acceptedTokenCount: 0,
  idleMs: 0,
  scheduleMs: 0,
  runMs: 0,
  sampleMs: 0,
  fullRowCount: 0,
  preemptedCount: 0,
  prefixQueriedTokens: 0,
  prefixHitTokens: 0,
};
