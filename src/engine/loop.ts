// The engine's loop body: decide, do, commit, report. Knows no threads, so that tests can step it;
// the worker calls it until nothing is left to do.

import { BrokenInvariant } from '../errors.ts';
import { RowCache } from '../kv/row-cache.ts';
import type { RowPool } from '../kv/rows.ts';
import { flattened } from '../kv/token-score.ts';
import type { Model } from '../model/model.ts';
import type { Plan } from '../scheduler/plan.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { longestDraft, Speculator } from '../speculation/speculator.ts';
import { Picker } from './picker.ts';
import type { SequenceRequest, StepReport, StepWork } from './protocol.ts';

export interface LoopOptions {
  readonly rows: RowPool;
  /** Whether prompts begin with what the cache keeps of others; no output depends on it. */
  readonly prefixReuse: boolean;
  /** Whether a sequence that runs alone may have several tokens in a step. */
  readonly speculation: boolean;
  readonly maxRunning: number;
  /** Whether decode steps run over more rows than they must, to have few shapes. */
  readonly hasFewShapes: boolean;
  readonly chunkTokens: number;
  readonly vocabularySize: number;
  readonly candidateCount: number;
  /** Milliseconds, from any fixed point. */
  readonly now: () => number;
}

export class EngineLoop {
  readonly #cache: RowCache;
  readonly #scheduler: Scheduler;
  readonly #picker: Picker;
  readonly #model: Pick<Model, 'run'>;
  readonly #now: () => number;
  /** When the last step ended, while work is left; else null. */
  #leftOff: number | null = null;

  constructor(model: Pick<Model, 'run'>, options: LoopOptions) {
    const { rows, now } = options;
    this.#model = model;
    this.#cache = new RowCache(rows, options.prefixReuse);
    const drafter = options.speculation ? new Speculator(rows.contextLength) : null;
    this.#scheduler = new Scheduler({ ...options, cache: this.#cache, drafter });
    this.#picker = new Picker(Math.max(rows.rowCount, longestDraft + 1), options);
    this.#now = now;
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
      phase: plan.kind,
      tokenCount: tokenCount(plan),
      draftTokenCount: plan.kind === 'verify' ? plan.tokenCount - 1 : 0,
      acceptedTokenCount,
      idleMs,
      scheduleMs: planned - begun,
      runMs: ran - planned,
      sampleMs: committed - ran,
      fullRowCount: this.#picker.fullRowCount - fullRowCount,
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

/** Padding is no token. */
function tokenCount(plan: Plan): number {
  if (plan.kind === 'decode') return plan.sequenceCount;
  if (plan.kind === 'verify') return plan.tokenCount;
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
  prefixQueriedTokens: 0,
  prefixHitTokens: 0,
};
