// What Prometheus reads: names, types, labels and buckets as a snapshot, since dashboards are written
// against them, and the numbers behind them.

import { expect, onTestFinished, test } from 'vitest';
import type { NewSequence } from '../../src/engine/engine.ts';
import { unsaid } from '../../src/engine/protocol.ts';
import {
  interTokenSeconds,
  requestSeconds,
  stepTokenCounts,
  timeToFirstTokenSeconds,
  tokenCounts,
} from '../../src/metrics/buckets.ts';
import { type EndedSequence, Metrics } from '../../src/metrics.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { ScriptedEngine, type ScriptedOptions } from '../http/scripted-engine.ts';

const sequence: NewSequence = {
  ...unsaid,
  promptIds: Int32Array.of(1),
  maxTokens: 3,
  stopIds: [],
  sampling: freeDraw,
};

const ended: EndedSequence = {
  reason: 'stop',
  promptTokenCount: 5,
  generatedTokenCount: 11,
  maxTokens: 16,
  timesMs: { queueMs: 20, prefillMs: 30, decodeMs: 40, totalMs: 100 },
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
  metrics.addReadiness(() => true);
  metrics.requests.sequenceEnded(ended);
  metrics.requests.requestEnded('queue_full');
  metrics.requests.rejected('queue_full');
  metrics.http.responseSent('/health', 200);
  engine.submit([sequence]);
  engine.step({ phase: 'prefill' });
  engine.step({ phase: 'decode' });
  const text = await metrics.exposition();
  const shape = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('# HELP'))
    .map((line) =>
      line.replace(/\} .*$/, '}').replace(/(version|node|onnxruntime)="[^"]*"/g, '$1="..."'),
    )
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
  [requestSeconds, '.3 .5 .8 1 1.5 2 2.5 5 10 15 20 30 40 50 60 120 240 480 960 1920 7680'],
  [stepTokenCounts, '1 8 16 32 64 128 256 512 1024 2048 4096 8192 16384'],
  [tokenCounts(1024), '1 2 5 10 20 50 100 200 500 1000'],
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

test('tokens that came in one step came at one time, and drafts are counted', async () => {
  const { engine, metrics, pass } = measured();
  engine.submit([{ ...sequence, maxTokens: 9 }]);
  pass(30);
  engine.step();
  pass(4);
  engine.step({ phase: 'verify', tokenCount: 5, draftTokenCount: 4, acceptedTokenCount: 2 }, 3);
  pass(4);
  engine.step({ phase: 'verify', tokenCount: 3, draftTokenCount: 2, acceptedTokenCount: 0 });
  expect(await value(metrics, 'vllm:generation_tokens_total')).toBe(5);
  expect(await value(metrics, 'vllm:inter_token_latency_seconds_count')).toBe(2);
  expect(await value(metrics, 'vllm:inter_token_latency_seconds_sum')).toBeCloseTo(0.008);
  expect(await value(metrics, 'vllm:spec_decode_num_drafts_total')).toBe(2);
  expect(await value(metrics, 'vllm:spec_decode_num_draft_tokens_total')).toBe(6);
  expect(await value(metrics, 'vllm:spec_decode_num_accepted_tokens_total')).toBe(2);
  const accepted = 'vllm:spec_decode_num_accepted_tokens_per_pos_total';
  expect(await value(metrics, accepted, 'position="0"')).toBe(1);
  expect(await value(metrics, accepted, 'position="1"')).toBe(1);
  expect(await value(metrics, accepted, 'position="2"')).toBe(0);
  expect(await value(metrics, 'kvasir:step_tokens_total', 'phase="verify"')).toBe(8);
});

test('a sequence that ended is measured phase by phase', async () => {
  const { metrics } = measured();
  metrics.requests.sequenceEnded(ended);
  const sum = (name: string) => value(metrics, `vllm:${name}_sum`);
  expect(await sum('e2e_request_latency_seconds')).toBeCloseTo(0.1);
  expect(await sum('request_queue_time_seconds')).toBeCloseTo(0.02);
  expect(await sum('request_prefill_time_seconds')).toBeCloseTo(0.03);
  expect(await sum('request_decode_time_seconds')).toBeCloseTo(0.04);
  expect(await sum('request_inference_time_seconds')).toBeCloseTo(0.07);
  expect(await sum('request_time_per_output_token_seconds')).toBeCloseTo(0.004);
  expect(await sum('request_prompt_tokens')).toBe(5);
  expect(await sum('request_generation_tokens')).toBe(11);
  expect(await sum('request_params_max_tokens')).toBe(16);
});

test('what did not come to pass has no time', async () => {
  const { metrics } = measured();
  const timesMs = { queueMs: 20, prefillMs: null, decodeMs: null, totalMs: 25 };
  metrics.requests.sequenceEnded({ ...ended, reason: 'abort', generatedTokenCount: 0, timesMs });
  const count = (name: string) => value(metrics, `vllm:${name}_seconds_count`);
  expect(await count('e2e_request_latency')).toBe(1);
  expect(await count('request_queue_time')).toBe(1);
  expect(await count('request_prefill_time')).toBe(0);
  expect(await count('request_decode_time')).toBe(0);
  expect(await count('request_inference_time')).toBe(0);
  expect(await count('request_time_per_output_token')).toBe(0);
});

test('one token has no time per token after the first', async () => {
  const { metrics } = measured();
  metrics.requests.sequenceEnded({ ...ended, generatedTokenCount: 1 });
  expect(await value(metrics, 'vllm:request_time_per_output_token_seconds_count')).toBe(0);
  expect(await value(metrics, 'vllm:request_decode_time_seconds_count')).toBe(1);
});

test('the cache is a block for each row', async () => {
  const { metrics } = measured();
  const shape = 'block_size="64",num_gpu_blocks="4",cache_dtype="fp32"';
  expect(await value(metrics, 'vllm:cache_config_info', shape)).toBe(1);
});

test('what is running is told by its versions', async () => {
  const { metrics } = measured();
  const { node } = process.versions;
  const shape = new RegExp(
    `kvasir:build_info\\{version="\\d+\\.\\d+\\.\\d+",node="${node}",onnx.*="1\\..*\\} 1`,
  );
  expect(await metrics.exposition()).toMatch(shape);
});

test('what a step took is told by part', async () => {
  const { engine, metrics } = measured();
  engine.step();
  for (const [part, ms] of Object.entries({ schedule: 1, run: 7, sample: 2, report: 0.25 })) {
    const seconds = await value(metrics, 'kvasir:engine_seconds_total', `part="${part}"`);
    expect(seconds).toBeCloseTo(ms / 1000);
  }
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
  one.metrics.requests.requestEnded('ok');
  expect(await value(one.metrics, 'kvasir:requests_total', 'outcome="ok"')).toBe(1);
  expect(await value(other.metrics, 'kvasir:requests_total', 'outcome="ok"')).toBe(0);
});
