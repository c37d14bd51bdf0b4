// The state of the engine, from the metrics that the server exposes for Prometheus.

export interface EngineState {
  readonly runningCount: number;
  readonly waitingCount: number;
  /** Since the server started. */
  readonly generatedCount: number;
  /** Of the cache; null where it is not made of rows. */
  readonly rows: { readonly usedCount: number; readonly count: number } | null;
  /** 0 to 1. */
  readonly usedShare: number;
}

export function engineState(exposition: string): EngineState {
  const of = (name: string, label = '') => sum(exposition, name, label);
  const states = ['used', 'cached', 'free'].map((state) =>
    of('kvasir:cache_rows', `state="${state}"`),
  );
  const [usedCount = 0] = states;
  const count = states.reduce((total, one) => total + one, 0);
  return {
    runningCount: of('vllm:num_requests_running'),
    waitingCount: of('vllm:num_requests_waiting'),
    generatedCount: of('vllm:generation_tokens_total'),
    rows: count === 0 ? null : { usedCount, count },
    usedShare: of('vllm:kv_cache_usage_perc'),
  };
}

/** Of all series of this name that have the label. */
function sum(exposition: string, name: string, label: string): number {
  return exposition
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => line.includes(label))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
