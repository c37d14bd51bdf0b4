// The engine's loop body: decide, do, commit, report. Knows no threads, so that tests can step it;
// the worker calls it until nothing is left to do.

import { BrokenInvariant } from '../errors.ts';
import { RowCache } from '../kv/row-cache.ts';
import type { RowPool } from '../kv/rows.ts';
import { flattened, noScores, type TokenScore, type TokenScores } from '../kv/token-score.ts';
import type { Model, ModelScores } from '../model/model.ts';
import { NothingToChoose, ScoresNotFinite } from '../sampling/failures.ts';
import { Sampler, type StepScores } from '../sampling/sampler.ts';
import { noToken } from '../scheduler/outcome.ts';
import {
  failedPick,
  type Plan,
  type PrefillPlan,
  type PromptChunk,
  type StepAnswers,
  scoreRowCount,
} from '../scheduler/plan.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import type { Sequence } from '../scheduler/sequence.ts';
import type { SequenceRequest, StepReport, StepWork } from './protocol.ts';
import { isSound, scoreOfPick, scoresOfTargets } from './scoring.ts';

export interface LoopOptions {
  readonly rows: RowPool;
  /** Whether prompts begin with what the cache keeps of others; no output depends on it. */
  readonly prefixReuse: boolean;
  readonly maxRunning: number;
  readonly chunkTokens: number;
  readonly vocabularySize: number;
  readonly candidateCount: number;
  /** Milliseconds, from any fixed point. */
  readonly now: () => number;
}

export class EngineLoop {
  readonly #cache: RowCache;
  readonly #scheduler: Scheduler;
  readonly #sampler: Sampler;
  readonly #model: Pick<Model, 'run'>;
  readonly #now: () => number;
  readonly #candidateCount: number;
  readonly #picks: Int32Array; // [entries of the plan]
  readonly #pickScores: (TokenScore | null)[]; // [entries of the plan]
  readonly #failures = new Map<number, string>(); // by entry of the plan
  /** When the last step ended, while work is left; else null. */
  #leftOff: number | null = null;

  constructor(model: Pick<Model, 'run'>, options: LoopOptions) {
    const { rows, vocabularySize, candidateCount, now } = options;
    this.#model = model;
    this.#cache = new RowCache(rows, options.prefixReuse);
    this.#scheduler = new Scheduler({ ...options, cache: this.#cache });
    this.#sampler = new Sampler({ vocabularySize, candidateCount });
    this.#now = now;
    this.#candidateCount = candidateCount;
    this.#picks = new Int32Array(rows.rowCount);
    this.#pickScores = new Array<TokenScore | null>(rows.rowCount).fill(null);
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
    const fullRowCount = this.#sampler.fullRowCount;
    let ran = planned;
    try {
      const scores = this.#model.run(plan);
      ran = this.#now();
      const answers = this.#pick(plan, scores);
      this.#scheduler.commit(plan, this.#picks, answers, ran - planned);
    } catch (error) {
      if (error instanceof BrokenInvariant) throw error;
      this.#scheduler.fail(plan, (error as Error).message);
    }
    const committed = this.#now();
    this.#leftOff = committed;
    return this.#report({
      phase: plan.kind,
      tokenCount: tokenCount(plan),
      idleMs,
      scheduleMs: planned - begun,
      runMs: ran - planned,
      sampleMs: committed - ran,
      fullRowCount: this.#sampler.fullRowCount - fullRowCount,
      prefixQueriedTokens: this.#cache.queriedTokenCount - queriedTokenCount,
      prefixHitTokens: this.#cache.hitTokenCount - hitTokenCount,
    });
  }

  /** The scores of a decode step have a row for each sequence; the picks one for each row. */
  #pick(plan: Plan, scores: ModelScores): StepAnswers {
    if (this.#failures.size > 0) this.#failures.clear();
    if (plan.kind === 'prefill') return this.#pickAfterChunks(plan, scores);
    let scoreRow = 0;
    for (let row = 0; row < plan.rowCount; row++) {
      const sequence = plan.sequences[row]!;
      if (sequence !== null) this.#pickEntry(row, scores, scoreRow++, sequence);
    }
    return this.#answers([]);
  }

  #pickAfterChunks(plan: PrefillPlan, scores: ModelScores): StepAnswers {
    let entry = 0;
    let scoreRow = 0;
    const promptScores = plan.chunks.map((chunk) => {
      const found = this.#pickAfterChunk(chunk, entry, scores, scoreRow);
      entry += 1 + chunk.forks.length;
      scoreRow += scoreRowCount(chunk);
      return found;
    });
    return this.#answers(promptScores);
  }

  /** All of a chunk's entries are picked from its last row. */
  #pickAfterChunk(
    chunk: PromptChunk,
    firstEntry: number,
    scores: ModelScores,
    firstRow: number,
  ): TokenScores {
    const { sequence, forks, isLast } = chunk;
    const rowCount = scoreRowCount(chunk);
    const isChunkSound = this.#areSound(scores, firstRow, rowCount);
    for (const [index, each] of [sequence, ...forks].entries()) {
      const entry = firstEntry + index;
      this.#picks[entry] = noToken;
      if (!isChunkSound) this.#fail(entry, new ScoresNotFinite());
      else if (isLast) this.#pickEntry(entry, scores, firstRow + rowCount - 1, each);
    }
    const asked = sequence.scoredCount;
    if (asked === null) return noScores;
    const targetCount = isLast ? rowCount - 1 : rowCount;
    return scoresOfTargets(scores, firstRow, targetCount, this.#candidateCount, asked);
  }

  #answers(promptScores: StepAnswers['promptScores']): StepAnswers {
    return { failures: this.#failures, pickScores: this.#pickScores, promptScores };
  }

  #areSound(scores: ModelScores, firstRow: number, rowCount: number): boolean {
    for (let row = firstRow; row < firstRow + rowCount; row++) {
      const isTargetSound = Number.isFinite(scores.targetScores[row]!);
      if (!isTargetSound || !isSound(scores, row, this.#candidateCount)) return false;
    }
    return true;
  }

  /** What is wrong with one sequence's scores or wishes is no reason to fail the others. */
  #pickEntry(entry: number, scores: ModelScores, scoreRow: number, sequence: Sequence): void {
    const { logprobCount, maxTokens } = sequence;
    if (maxTokens === 0) return;
    try {
      if (!isSound(scores, scoreRow, this.#candidateCount)) throw new ScoresNotFinite();
      const id = this.#pickOne(scores, scoreRow, sequence);
      this.#picks[entry] = id;
      this.#pickScores[entry] =
        logprobCount === null
          ? null
          : scoreOfPick(scores, scoreRow, this.#candidateCount, id, logprobCount);
    } catch (error) {
      const isOfOne = error instanceof ScoresNotFinite || error instanceof NothingToChoose;
      if (!isOfOne) throw error;
      this.#fail(entry, error);
    }
  }

  #fail(entry: number, { message }: Error): void {
    this.#picks[entry] = failedPick;
    this.#failures.set(entry, message);
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
  return plan.chunks.reduce((sum, { tokens }) => sum + tokens.length, 0);
}

const nothingDone: StepWork = {
  phase: 'none',
  tokenCount: 0,
  idleMs: 0,
  scheduleMs: 0,
  runMs: 0,
  sampleMs: 0,
  fullRowCount: 0,
  prefixQueriedTokens: 0,
  prefixHitTokens: 0,
};
