// What steps did, told as they happen. Runs after every step and looks at each of its tokens: no
// objects, no closures.

import type { CacheLayout } from '../../models/manifest.ts';
import type { StepReport } from '../engine/protocol.ts';
import { interTokenSeconds, stepSeconds, stepTokenCounts } from './buckets.ts';
import type { Instruments } from './instruments.ts';
import { SpeculationMetrics } from './speculation-metrics.ts';

/** What steps are: those over a cache of rows, and the one more that there is over blocks. */
const rowPhases = ['prefill', 'decode', 'verify'] as const;
const pagedPhases = [...rowPhases, 'mixed'] as const;

const parts = ['schedule', 'run', 'sample', 'report', 'idle'] as const;

export class StepMetrics {
  readonly #nowMs: () => number;
  /** When each running sequence got its latest token. */
  readonly #lastTokenMs = new Map<number, number>();
  readonly #generationTokens;
  readonly #interTokenLatency;
  readonly #prefixCacheQueries;
  readonly #prefixCacheHits;
  readonly #fullRows;
  readonly #engineSeconds;
  readonly #iterationTokens;
  readonly #phases;
  readonly #speculation: SpeculationMetrics;

  constructor(instruments: Instruments, layout: CacheLayout, nowMs: () => number) {
    const phases = layout === 'paged' ? pagedPhases : rowPhases;
    this.#nowMs = nowMs;
    this.#generationTokens = instruments.counter(
      'vllm:generation_tokens_total',
      'Tokens generated.',
    );
    this.#interTokenLatency = instruments.histogram(
      'vllm:inter_token_latency_seconds',
      'Between two tokens of a sequence.',
      interTokenSeconds,
    );
    this.#prefixCacheQueries = instruments.counter(
      'vllm:prefix_cache_queries_total',
      'Tokens of prompts that were looked for in the cache.',
    );
    this.#prefixCacheHits = instruments.counter(
      'vllm:prefix_cache_hits_total',
      'Tokens of prompts that were found in the cache.',
    );
    this.#iterationTokens = instruments.histogram(
      'vllm:iteration_tokens_total',
      'Tokens that one step processed.',
      stepTokenCounts,
    );
    this.#fullRows = instruments.counter(
      'kvasir:full_row_fallbacks_total',
      'Draws that the best candidates could not decide, so that a whole row of scores was read.',
    );
    const seconds = instruments.counters(
      'kvasir:engine_seconds_total',
      'Where the time of steps went: report is handing tokens out, idle between steps with work.',
      'part',
      parts,
    );
    this.#engineSeconds = {
      schedule: seconds.labels('schedule'),
      run: seconds.labels('run'),
      sample: seconds.labels('sample'),
      report: seconds.labels('report'),
      idle: seconds.labels('idle'),
    };
    const tokens = instruments.counters(
      'kvasir:step_tokens_total',
      'Tokens processed by steps.',
      'phase',
      phases,
    );
    const duration = instruments.histogram(
      'kvasir:step_duration_seconds',
      'An engine step: schedule, run and sample.',
      stepSeconds,
      ['phase'],
    );
    this.#phases = new Map(
      phases.map((phase) => {
        duration.zero({ phase });
        return [
          phase as string,
          { tokens: tokens.labels(phase), duration: duration.labels(phase) },
        ];
      }),
    );
    this.#speculation = new SpeculationMetrics(instruments);
  }

  add(report: StepReport, reportMs: number): void {
    this.#addTokens(report);
    const { work } = report;
    this.#prefixCacheQueries.inc(work.prefixQueriedTokens);
    this.#prefixCacheHits.inc(work.prefixHitTokens);
    this.#fullRows.inc(work.fullRowCount);
    const { phase, tokenCount, scheduleMs, runMs, sampleMs, idleMs } = work;
    const { schedule, run, sample, report: handingOut, idle } = this.#engineSeconds;
    schedule.inc(scheduleMs / 1000);
    run.inc(runMs / 1000);
    sample.inc(sampleMs / 1000);
    handingOut.inc(reportMs / 1000);
    idle.inc(idleMs / 1000);
    if (phase === 'none') return;
    this.#speculation.add(work);
    this.#iterationTokens.observe(tokenCount);
    const measured = this.#phases.get(phase)!;
    measured.tokens.inc(tokenCount);
    measured.duration.observe((scheduleMs + runMs + sampleMs) / 1000);
  }

  #addTokens({ ids, tokens, finishes }: StepReport): void {
    const now = this.#nowMs();
    let generatedCount = 0;
    for (let index = 0; index < ids.length; index++) {
      const id = ids[index]!;
      const isLast = finishes[index] !== 0;
      if (tokens[index]! >= 0) {
        generatedCount++;
        const last = this.#lastTokenMs.get(id);
        // Tokens that one step gave a sequence come all at once: they are one arrival, as with vLLM.
        const isArrival = index === 0 || ids[index - 1] !== id;
        if (last !== undefined && isArrival) this.#interTokenLatency.observe((now - last) / 1000);
        if (!isLast) this.#lastTokenMs.set(id, now);
      }
      if (isLast) this.#lastTokenMs.delete(id);
    }
    this.#generationTokens.inc(generatedCount);
  }
}
