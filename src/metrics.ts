// What Prometheus reads: vLLM's names, labels and buckets, so that its dashboards work unchanged, and
// Kvasir's own under `kvasir:`. The only file that knows prom-client; nothing is registered globally.
// What the engine says of itself is read when scraped; the rest is counted as it happens.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Engine } from './engine/engine.ts';
import type { FinishReason, StepReport } from './engine/protocol.ts';
import {
  endToEndSeconds,
  interTokenSeconds,
  stepSeconds,
  timeToFirstTokenSeconds,
} from './metrics/buckets.ts';

const finishReasons: readonly FinishReason[] = ['stop', 'length', 'abort', 'error'];
const loopDelayResolutionMs = 1;

export class Metrics {
  readonly #registry = new Registry();
  readonly #nowMs: () => number;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: loopDelayResolutionMs });
  /** When each running sequence got its latest token. */
  readonly #lastTokenMs = new Map<number, number>();

  readonly #promptTokens = this.#counter(
    'vllm:prompt_tokens_total',
    'Tokens of the prompts of sequences that got their first token.',
  );
  readonly #generationTokens = this.#counter('vllm:generation_tokens_total', 'Tokens generated.');
  readonly #endedChoices = this.#counter(
    'vllm:request_success_total',
    'Sequences that ended, by how.',
    ['finished_reason'],
  );
  readonly #timeToFirstToken = this.#histogram(
    'vllm:time_to_first_token_seconds',
    'From the arrival of a request to the first token of each sequence.',
    timeToFirstTokenSeconds,
  );
  readonly #interTokenLatency = this.#histogram(
    'vllm:inter_token_latency_seconds',
    'Between two tokens of a sequence.',
    interTokenSeconds,
  );
  readonly #endToEndLatency = this.#histogram(
    'vllm:e2e_request_latency_seconds',
    'From the arrival of a request to the end of each sequence.',
    endToEndSeconds,
  );
  readonly #requests = this.#counter('kvasir:requests_total', 'Completion requests, by outcome.', [
    'outcome',
  ]);
  readonly #responses = this.#counter('kvasir:http_responses_total', 'HTTP responses.', [
    'route',
    'status',
  ]);
  readonly #stepDuration = this.#histogram(
    'kvasir:step_duration_seconds',
    'An engine step: schedule, run and sample.',
    stepSeconds,
    ['phase'],
  );
  readonly #stepTokens = this.#counter('kvasir:step_tokens_total', 'Tokens processed by steps.', [
    'phase',
  ]);
  readonly #engineSeconds = this.#counter(
    'kvasir:engine_seconds_total',
    'Where the time of the engine went; idle is between steps while there was work.',
    ['part'],
  );
  readonly #fullRows = this.#counter(
    'kvasir:full_row_fallbacks_total',
    'Draws that the best candidates could not decide, so that a whole row of scores was read.',
  );

  constructor(engine: Engine, modelName: string, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#registry.setDefaultLabels({ model_name: modelName, engine: '0' });
    for (const finished_reason of finishReasons) this.#endedChoices.inc({ finished_reason }, 0);
    for (const outcome of ['ok', 'aborted']) this.#requests.inc({ outcome }, 0);
    this.#engineGauges(engine);
    this.#loopDelayGauge();
    engine.onStep((report) => this.#stepDone(report));
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** A sequence got its first token. `promptTokenCount`: 0 unless its prompt's first one did. */
  firstToken(sinceArrivalMs: number, promptTokenCount: number): void {
    this.#timeToFirstToken.observe(sinceArrivalMs / 1000);
    this.#promptTokens.inc(promptTokenCount);
  }

  choiceEnded(reason: FinishReason, sinceArrivalMs: number): void {
    this.#endedChoices.inc({ finished_reason: reason });
    this.#endToEndLatency.observe(sinceArrivalMs / 1000);
  }

  /** `outcome`: ok, aborted, or the code of the error that refused or ended the request. */
  requestEnded(outcome: string): void {
    this.#requests.inc({ outcome });
  }

  responseSent(route: string, status: number): void {
    this.#responses.inc({ route, status: String(status) });
  }

  exposition(): Promise<string> {
    return this.#registry.metrics();
  }

  close(): void {
    this.#loopDelay.disable();
  }

  #stepDone({ ids, tokens, finishes, work }: StepReport): void {
    const now = this.#nowMs();
    let generatedCount = 0;
    for (let index = 0; index < ids.length; index++) {
      const id = ids[index]!;
      if (tokens[index]! >= 0) {
        generatedCount++;
        const last = this.#lastTokenMs.get(id);
        if (last !== undefined) this.#interTokenLatency.observe((now - last) / 1000);
        this.#lastTokenMs.set(id, now);
      }
      if (finishes[index] !== 0) this.#lastTokenMs.delete(id);
    }
    this.#generationTokens.inc(generatedCount);
    this.#fullRows.inc(work.fullRowCount);
    const { phase, scheduleMs, runMs, sampleMs, idleMs } = work;
    this.#engineSeconds.inc({ part: 'schedule' }, scheduleMs / 1000);
    this.#engineSeconds.inc({ part: 'run' }, runMs / 1000);
    this.#engineSeconds.inc({ part: 'sample' }, sampleMs / 1000);
    this.#engineSeconds.inc({ part: 'idle' }, idleMs / 1000);
    if (phase === 'none') return;
    this.#stepTokens.inc({ phase }, work.tokenCount);
    this.#stepDuration.observe({ phase }, (scheduleMs + runMs + sampleMs) / 1000);
  }

  #engineGauges(engine: Engine): void {
    const { rowCount, rowBytes, loadMs } = engine.facts;
    this.#gauge('vllm:num_requests_running', 'Sequences that are being generated.', (gauge) => {
      gauge.set(engine.load.runningCount);
    });
    this.#gauge('vllm:num_requests_waiting', 'Sequences that wait for their turn.', (gauge) => {
      gauge.set(engine.load.waitingCount);
    });
    this.#gauge('vllm:kv_cache_usage_perc', 'Used share of the cache; 1 is all.', (gauge) => {
      gauge.set(engine.load.usedRowCount / rowCount);
    });
    const byState = ['state'];
    this.#gauge(
      'kvasir:cache_rows',
      'Rows of the cache.',
      (gauge) => {
        gauge.set({ state: 'used' }, engine.load.usedRowCount);
        gauge.set({ state: 'free' }, engine.load.freeRowCount);
      },
      byState,
    );
    this.#gauge(
      'kvasir:cache_bytes',
      'Memory of the cache.',
      (gauge) => {
        gauge.set({ state: 'used' }, engine.load.usedCacheBytes);
        gauge.set({ state: 'reserved' }, rowCount * rowBytes);
      },
      byState,
    );
    this.#gauge('kvasir:engine_up', '1 while the engine serves, 0 once it is gone.', (gauge) => {
      gauge.set(engine.stopped === null ? 1 : 0);
    });
    this.#gauge('kvasir:model_load_seconds', 'Time the model took to load.', (gauge) => {
      gauge.set(loadMs / 1000);
    });
  }

  /** Since the last scrape; an idle process shows the resolution, which is therefore taken off. */
  #loopDelayGauge(): void {
    this.#loopDelay.enable();
    this.#gauge(
      'kvasir:event_loop_delay_p99_seconds',
      'How late the main thread came to its work, in the worst 1% since the last scrape.',
      (gauge) => {
        const delayMs = this.#loopDelay.percentile(99) / 1e6 - loopDelayResolutionMs;
        this.#loopDelay.reset();
        gauge.set(Math.max(0, delayMs) / 1000);
      },
    );
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []) {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram<L extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ) {
    return new Histogram({ name, help, buckets, labelNames, registers: [this.#registry] });
  }

  #gauge<L extends string>(
    name: string,
    help: string,
    read: (gauge: Gauge<L>) => void,
    labelNames: readonly L[] = [],
  ): void {
    const collect = function (this: Gauge<L>) {
      read(this);
    };
    new Gauge({ name, help, labelNames, collect, registers: [this.#registry] });
  }
}
