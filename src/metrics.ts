// What Prometheus reads: vLLM's names, labels and buckets, so that its dashboards work unchanged, and
// Kvasir's own under `kvasir:`. What the engine says of itself is read when scraped; the rest is
// counted as it happens. A "request" in vLLM's names is one sequence: each of `n`, of each prompt.

import { thisBuild } from './build.ts';
import type { Engine } from './engine/engine.ts';
import { addEngineMetrics } from './metrics/engine-metrics.ts';
import { HttpMetrics } from './metrics/http-metrics.ts';
import { Instruments } from './metrics/instruments.ts';
import { addProcessMetrics } from './metrics/process-metrics.ts';
import { RequestMetrics } from './metrics/request-metrics.ts';
import { StepMetrics } from './metrics/step-metrics.ts';

export type { EndedSequence, PhaseTimes } from './metrics/request-metrics.ts';

export class Metrics {
  readonly requests: RequestMetrics;
  readonly http: HttpMetrics;
  readonly #instruments: Instruments;
  readonly #endMeasuring: () => void;

  constructor(engine: Engine, modelName: string, nowMs: () => number) {
    const instruments = new Instruments({ model_name: modelName, engine: '0' });
    this.#instruments = instruments;
    this.requests = new RequestMetrics(instruments, engine.facts.manifest.config.contextLength);
    this.http = new HttpMetrics(instruments);
    const steps = new StepMetrics(instruments, engine.facts.cache.layout, nowMs);
    addEngineMetrics(instruments, engine);
    this.#endMeasuring = addProcessMetrics(instruments, thisBuild());
    engine.onStep((report, reportMs) => steps.add(report, reportMs));
  }

  get contentType(): string {
    return this.#instruments.contentType;
  }

  exposition(): Promise<string> {
    return this.#instruments.exposition();
  }

  /** `kvasir:ready`, as asked of the server when scraped. */
  addReadiness(isReady: () => boolean): void {
    this.#instruments.gauge('kvasir:ready', '1 while the server takes work.', (gauge) =>
      gauge.set(isReady() ? 1 : 0),
    );
  }

  close(): void {
    this.#endMeasuring();
  }
}
