// What the engine says of itself: its load, read when scraped, and what never changes.

import type { Engine } from '../engine/engine.ts';
import type { Instruments } from './instruments.ts';

export function addEngineMetrics(instruments: Instruments, engine: Engine): void {
  const { facts } = engine;
  addLoad(instruments, engine);
  addCacheMemory(instruments, engine);
  instruments.gauge('kvasir:engine_up', '1 while the engine serves, 0 once it is gone.', (gauge) =>
    gauge.set(engine.stopped === null ? 1 : 0),
  );
  instruments.gauge('kvasir:model_load_seconds', 'Time the model took to load.', (gauge) =>
    gauge.set(facts.loadMs / 1000),
  );
  // A block is what the cache hands out; where it has rows that is one of them: room for one whole context.
  // The names of the labels are those that dashboards and Kubernetes' inference gateway look for.
  instruments.facts('vllm:cache_config_info', 'The cache of keys and values.', {
    block_size: facts.cache.unitTokens,
    num_gpu_blocks: facts.cache.unitCount,
    cache_dtype: facts.manifest.cache.precision,
  });
}

function addLoad(instruments: Instruments, engine: Engine): void {
  instruments.gauge('vllm:num_requests_running', 'Sequences that are being generated.', (gauge) =>
    gauge.set(engine.load.runningCount),
  );
  instruments.gauge('vllm:num_requests_waiting', 'Sequences that wait for their turn.', (gauge) =>
    gauge.set(engine.load.waitingCount),
  );
  instruments.gauge('vllm:kv_cache_usage_perc', 'Used share of the cache; 1 is all.', (gauge) =>
    gauge.set(engine.load.usedRowCount / engine.facts.cache.unitCount),
  );
  const preemptions = instruments.counter(
    'vllm:num_preemptions_total',
    'Sequences that lost their place in the cache to others; over rows none ever does.',
  );
  engine.onStep(({ work }) => preemptions.inc(work.preemptedCount));
}

function addCacheMemory(instruments: Instruments, engine: Engine): void {
  const { unitCount, unitBytes } = engine.facts.cache;
  const byState = ['state'];
  instruments.gauge(
    'kvasir:cache_rows',
    'Rows of the cache, or blocks where it is paged.',
    (gauge) => {
      gauge.set({ state: 'used' }, engine.load.usedRowCount);
      gauge.set({ state: 'cached' }, engine.load.cachedRowCount);
      gauge.set({ state: 'free' }, engine.load.freeRowCount);
    },
    byState,
  );
  instruments.gauge(
    'kvasir:cache_bytes',
    'Memory of the cache.',
    (gauge) => {
      gauge.set({ state: 'used' }, engine.load.usedCacheBytes);
      gauge.set({ state: 'reserved' }, unitCount * unitBytes);
    },
    byState,
  );
}
