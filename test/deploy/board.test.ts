// The board's JSON: what Grafana would stumble over, and what a reader would miss.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { queriesOf, readAlerts, readBoard, selectorsOf } from './board.ts';

const board = readBoard();
const shown = board.panels.filter(({ type }) => type !== 'row');
const units = ['none', 'short', 's', 'bytes', 'percentunit', 'reqps', 'ops', 'suffix: tokens/s'];

const names = new Set(
  [
    ...readFileSync('test/metrics/exposition.txt', 'utf8').matchAll(/^# TYPE (\S+) (\S+)/gm),
  ].flatMap(([, name, type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name!],
  ),
);
const isMetric = (name: string) => name === 'up' || names.has(name);
const metricsOf = (expr: string) => selectorsOf(expr).map((each) => each.replace(/\{.*/, ''));

test('is one that this Grafana reads without changing it', () => {
  expect(board.schemaVersion).toBe(41);
  expect(board.uid).toBe('kvasir');
});

test('panels have ids and titles of their own', () => {
  const ids = board.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const titles = board.panels.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});

test('panels lie within the grid, and on no other', () => {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of board.panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.get(`${x},${y}`), `${title} at ${x},${y}`).toBeUndefined();
        taken.set(`${x},${y}`, title);
      }
    }
  }
});

describe.each(shown)('the panel "$title"', ({ type, description, datasource, ...panel }) => {
  test('says in a sentence what it shows', () => {
    expect(description).toMatch(/^[A-Z0-9].{30,}\.$/);
  });

  test('asks the source that was chosen', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in
    const chosen = { type: 'prometheus', uid: '${datasource}' };
    expect(datasource).toEqual(chosen);
    for (const target of panel.targets!) expect(target.datasource).toEqual(chosen);
  });

  test('has a unit that Grafana knows', () => {
    if (type !== 'table') expect(units).toContain(panel.fieldConfig!.defaults.unit);
  });

  test('has queries with letters of their own, of the servers that were chosen', () => {
    const letters = panel.targets!.map(({ refId }) => refId);
    expect(letters.length).toBeGreaterThan(0);
    expect(new Set(letters).size).toBe(letters.length);
    for (const { expr } of panel.targets!) {
      for (const selector of selectorsOf(expr)) {
        expect(selector).toContain('job=~"$job",instance=~"$instance"');
      }
    }
  });
});

test('what queries leave open are variables of the board or of Grafana', () => {
  const defined = new Set(board.templating.list.map(({ name }) => name)).add('__rate_interval');
  const used = new Set(JSON.stringify(board).match(/(?<=\$\{?)[a-z_]+/g));
  used.delete('__all');
  for (const name of used) expect(defined, name).toContain(name);
  for (const name of defined) expect(used, name).toContain(name);
});

test('every metric of board and alerts is one that the server has', () => {
  const asked = [...queriesOf(board), ...readAlerts()].flatMap(({ expr }) => metricsOf(expr));
  expect(asked.length).toBeGreaterThan(50);
  expect(asked.filter((name) => !isMetric(name))).toEqual([]);
});

test('counters are asked for their rate only', () => {
  for (const { expr } of queriesOf(board)) {
    const bare = expr.replace(/(rate|increase)\([^()]*\)/g, '');
    expect(bare).not.toMatch(/_(total|bucket|count|sum)\b/);
  }
});

test.each([
  ['running and waiting', 'vllm:num_requests_waiting'],
  ['tokens', 'vllm:generation_tokens_total'],
  ['the first token', 'vllm:time_to_first_token_seconds_bucket'],
  ['time between tokens', 'vllm:inter_token_latency_seconds_bucket'],
  ['the cache', 'vllm:kv_cache_usage_perc'],
  ['prefixes', 'vllm:prefix_cache_hits_total'],
  ['steps', 'kvasir:step_duration_seconds_bucket'],
  ['drafts', 'vllm:spec_decode_num_accepted_tokens_total'],
  ['rejects', 'kvasir:rejected_total'],
  ['delay', 'kvasir:event_loop_delay_p99_seconds'],
  ['memory', 'process_resident_memory_bytes'],
  ['the engine', 'kvasir:engine_up'],
])('%s can be seen', (_, metric) => {
  expect(queriesOf(board).flatMap(({ expr }) => metricsOf(expr))).toContain(metric);
});
