// What Prometheus reads: names, types, labels and buckets as a snapshot, since dashboards are written
// against them, and the numbers behind them.

import { expect, onTestFinished, test } from 'vitest';
import type { NewSequence } from '../../src/engine/engine.ts';
import { unsaid } from '../../src/engine/protocol.ts';
import {
  endToEndSeconds,
  interTokenSeconds,
  timeToFirstTokenSeconds,
} from '../../src/metrics/buckets.ts';
import { Metrics } from '../../src/metrics.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { ScriptedEngine, type ScriptedOptions } from '../http/scripted-engine.ts';

const sequence: NewSequence = {
  ...unsaid,
  promptIds: Int32Array.of(1),
  maxTokens: 3,
  stopIds: [],
  sampling: freeDraw,
};

function measured(options: ScriptedOptions = {}) {
  const engine = new ScriptedEngine({ pace: 'manual', script: () => [7], ...options });
  let nowMs = 0;
  const metrics = new Metrics(engine, 'gpt2', () => nowMs);
  onTestFinished(() => metrics.close());
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { engine, metrics, pass };
}

/** The value of a series, by its name and some of its labels. */
async function value(metrics: Metrics, name: string, labels = ''): Promise<number> {
  for (const line of (await metrics.exposition()).split('\n')) {
    const [, series, given, number] = /^([^{\s]+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    if (series === name && given!.includes(labels)) return Number(number);
  }
  throw new Error(`there is no ${name} with ${labels}`);
}

test('names, types, labels and buckets stay as they are', async () => {
  const { engine, metrics } = measured();
  metrics.firstToken(1, 1);
  metrics.choiceEnded('stop', 1);
  metrics.requestEnded('queue_full');
  metrics.responseSent('/health', 200);
  engine.submit([sequence]);
  engine.step({ phase: 'prefill' });
  engine.step({ phase: 'decode' });
  const text = await metrics.exposition();
  const shape = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('# HELP'))
    .map((line) => line.replace(/\} .*$/, '}'))
    .join('\n');
  await expect(shape).toMatchFileSnapshot('exposition.txt');
});

test.each([
  // As vLLM has them: ours may be finer, but none of its bounds may be missing.
  [
    timeToFirstTokenSeconds,
    '.001 .005 .01 .02 .04 .06 .08 .1 .25 .5 .75 1 2.5 5 7.5 10 20 40 80 160 640 2560',
  ],
  [interTokenSeconds, '.01 .025 .05 .075 .1 .15 .2 .3 .4 .5 .75 1 2.5 5 7.5 10 20 40 80'],
  [endToEndSeconds, '.3 .5 .8 1 1.5 2 2.5 5 10 15 20 30 40 50 60 120 240 480 960 1920 7680'],
])("buckets have all of vLLM's bounds, in order (%#)", (ours, bounds) => {
  expect(ours).toEqual(ours.toSorted((a, b) => a - b));
  expect(ours).toEqual(expect.arrayContaining(bounds.split(' ').map(Number)));
});

test('every series is labelled with the model and the engine', async () => {
  const { metrics } = measured();
  const series = (await metrics.exposition()).split('\n').filter((line) => /^[^#]/.test(line));
  for (const line of series) expect(line).toContain('model_name="gpt2",engine="0"');
});

test('tokens and the time between them are counted step by step', async () => {
  const { engine, metrics, pass } = measured();
  engine.submit([sequence]);
  for (const ms of [30, 4, 4]) {
    pass(ms);
    engine.step();
  }
  expect(await value(metrics, 'vllm:generation_tokens_total')).toBe(3);
  expect(await value(metrics, 'vllm:inter_token_latency_seconds_count')).toBe(2);
  expect(await value(metrics, 'vllm:inter_token_latency_seconds_sum')).toBeCloseTo(0.008);
  expect(await value(metrics, 'vllm:inter_token_latency_seconds_bucket', 'le="0.004"')).toBe(2);
});

test('running, waiting and the cache are what the engine says when asked', async () => {
  const { engine, metrics } = measured();
  engine.submit(Array.from({ length: 6 }, () => sequence));
  expect(await value(metrics, 'vllm:num_requests_running')).toBe(4);
  expect(await value(metrics, 'vllm:num_requests_waiting')).toBe(2);
  expect(await value(metrics, 'vllm:kv_cache_usage_perc')).toBe(1);
  expect(await value(metrics, 'kvasir:cache_bytes', 'state="reserved"')).toBe(4000);
  expect(await value(metrics, 'kvasir:engine_up')).toBe(1);
  engine.stop('it broke');
  expect(await value(metrics, 'kvasir:engine_up')).toBe(0);
});

test('where the engine spends its time is counted by part', async () => {
  const { engine, metrics } = measured();
  engine.step({ phase: 'prefill', tokenCount: 256, runMs: 100, fullRowCount: 2 });
  engine.step({ phase: 'none', idleMs: 3 });
  expect(await value(metrics, 'kvasir:engine_seconds_total', 'part="run"')).toBeCloseTo(0.107);
  expect(await value(metrics, 'kvasir:engine_seconds_total', 'part="idle"')).toBeCloseTo(0.0035);
  expect(await value(metrics, 'kvasir:step_tokens_total', 'phase="prefill"')).toBe(256);
  expect(await value(metrics, 'kvasir:step_duration_seconds_count', 'prefill')).toBe(1);
  expect(await value(metrics, 'kvasir:full_row_fallbacks_total')).toBe(2);
});

test('the delay of an idle event loop is next to nothing', async () => {
  const { metrics } = measured();
  await metrics.exposition();
  expect(await value(metrics, 'kvasir:event_loop_delay_p99_seconds')).toBeLessThan(0.5);
});

test('two servers in one process do not mix', async () => {
  const [one, other] = [measured(), measured()];
  one.metrics.requestEnded('ok');
  expect(await value(one.metrics, 'kvasir:requests_total', 'outcome="ok"')).toBe(1);
  expect(await value(other.metrics, 'kvasir:requests_total', 'outcome="ok"')).toBe(0);
});
