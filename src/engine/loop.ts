// The engine's loop body: decide, do, commit, report. Knows no threads, so that tests can step it;
// the worker calls it until nothing is left to do.

import { BrokenInvariant } from '../errors.ts';
import type { RowPool } from '../kv/rows.ts';
import type { Model } from '../model/model.ts';
import { Sampler, type StepScores } from '../sampling/sampler.ts';
import type { Plan } from '../scheduler/plan.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import type { Sequence } from '../scheduler/sequence.ts';
import type { SequenceRequest, StepReport, StepWork } from './protocol.ts';

export interface LoopOptions {
  readonly rows: RowPool;
  readonly maxRunning: number;
  readonly chunkTokens: number;
  readonly vocabularySize: number;
  readonly candidateCount: number;
  /** Milliseconds, from any fixed point. */
  readonly now: () => number;
}

export class EngineLoop {
  readonly #scheduler: Scheduler;
  readonly #sampler: Sampler;
  readonly #model: Pick<Model, 'run'>;
  readonly #now: () => number;
  readonly #picks: Int32Array; // [rows of the plan]
  /** When the last step ended, while work is left; else null. */
  #leftOff: number | null = null;

  constructor(model: Pick<Model, 'run'>, options: LoopOptions) {
    const { rows, maxRunning, chunkTokens, vocabularySize, candidateCount, now } = options;
    this.#model = model;
    this.#scheduler = new Scheduler({ rows, maxRunning, chunkTokens });
    this.#sampler = new Sampler({ vocabularySize, candidateCount });
    this.#now = now;
    this.#picks = new Int32Array(rows.rowCount);
  }

  submit(request: SequenceRequest): void {
    this.#scheduler.submit(request);
  }

  abort(id: number): void {
    this.#scheduler.abort(id);
  }

  checkIntegrity(): void {
    this.#scheduler.checkIntegrity();
  }

  /** Runs one step, if there is one to run; null when there is nothing to report. */
  step(): StepReport | null {
    const begun = this.#now();
    const plan = this.#scheduler.plan();
    const planned = this.#now();
    const idleMs = this.#leftOff === null ? 0 : begun - this.#leftOff;
    if (plan === null) {
      this.#leftOff = null;
      return this.#scheduler.outcome.count === 0 ? null : this.#report(nothingDone);
    }
    const fullRowCount = this.#sampler.fullRowCount;
    let ran = planned;
    try {
      const scores = this.#model.run(plan);
      ran = this.#now();
      this.#pick(plan, scores);
      this.#scheduler.commit(plan, this.#picks);
    } catch (error) {
      if (error instanceof BrokenInvariant) throw error;
      this.#scheduler.fail(plan, (error as Error).message);
    }
    const committed = this.#now();
    this.#leftOff = committed;
    return this.#report({
      phase: plan.kind,
      tokenCount: plan.kind === 'decode' ? plan.sequenceCount : plan.tokens.length,
      idleMs,
      scheduleMs: planned - begun,
      runMs: ran - planned,
      sampleMs: committed - ran,
      fullRowCount: this.#sampler.fullRowCount - fullRowCount,
    });
  }

  /** The scores have a row for each sequence; the picks an entry for each row of the plan. */
  #pick(plan: Plan, scores: StepScores): void {
    if (plan.kind === 'prefill') {
      if (plan.isLast) this.#picks[0] = this.#pickOne(scores, 0, plan.sequence);
      return;
    }
    let scoreRow = 0;
    for (let row = 0; row < plan.rowCount; row++) {
      const sequence = plan.sequences[row]!;
      if (sequence !== null) this.#picks[row] = this.#pickOne(scores, scoreRow++, sequence);
    }
  }

  #pickOne(scores: StepScores, scoreRow: number, sequence: Sequence): number {
    return this.#sampler.pick(scores, scoreRow, sequence.sampling, sequence.tokenIndex, sequence);
  }

  #report(work: StepWork): StepReport {
    const { outcome } = this.#scheduler;
    const report: StepReport = {
      kind: 'step',
      ids: outcome.ids.slice(0, outcome.count),
      tokens: outcome.tokens.slice(0, outcome.count),
      finishes: outcome.finishes.slice(0, outcome.count),
      tokenScores: null,
      prompts: [],
      failure: outcome.failure,
      load: this.#scheduler.load,
      work,
    };
    outcome.clear();
    return report;
  }
}

const nothingDone: StepWork = {
  phase: 'none',
  tokenCount: 0,
  idleMs: 0,
  scheduleMs: 0,
  runMs: 0,
  sampleMs: 0,
  fullRowCount: 0,
};
