// So many streams at a time, each sending its next request when the last one has ended: tokens a
// second, time to the first token, and the gaps between tokens, over the number of streams.

import { type LoadResult, runClosedLoop } from '../../src/load/closed-loop.ts';
import { type Latency, latency, type Spread, spread } from '../../src/load/statistics.ts';
import { closedLoopBound } from '../bounds/roofline.ts';
import { command } from '../command.ts';
import { count, flag, numbers } from '../flags.ts';
import { shownShare, shownSpread, table, writeJson, writeText } from '../report.ts';
import { type Comparison, facts, prepareSystems, systemFlags } from '../setup.ts';
import { linePlot } from '../svg.ts';
import type { System } from '../systems/system.ts';
import { promptOf, takeTurns } from '../turns.ts';

const flags = {
  streams: flag('LIST', '1,2,4,8,16,32', 'streams at a time'),
  prompt: flag('N', '64', 'tokens of each prompt'),
  tokens: flag('N', '128', 'tokens that each stream generates'),
  requests: flag('N', '1', 'requests of each stream, one after the other; a single stream twice'),
  'plain-most': flag('N', '32', 'most streams that onnxruntime-node is asked for'),
  svg: flag('FILE', '', 'draws tokens/s over streams'),
  ...systemFlags,
};

interface Load {
  readonly streams: number;
  readonly promptTokens: number;
  readonly generatedTokens: number;
}

interface Row extends Load {
  readonly system: string;
  readonly tokensPerSecond: Spread;
  /** Tokens/s against what the machine's bounds allow; null where they were not measured. */
  readonly boundShare: number | null;
  readonly ttftMs: Latency;
  readonly interTokenMs: Latency;
}

export const closedLoop = command(
  'tokens/s and latencies over the number of streams',
  flags,
  async (values) => {
    const comparison = await prepareSystems(values);
    const rows: Row[] = [];
    const requests = count('requests', values.requests);
    const plainMost = count('plain-most', values['plain-most']);
    for (const [point, streams] of numbers('streams', values.streams).entries()) {
      const load = {
        streams,
        promptTokens: count('prompt', values.prompt),
        generatedTokens: count('tokens', values.tokens),
      };
      const systems = comparison.systems.filter(
        ({ kind }) => kind !== 'plain' || streams <= plainMost,
      );
      const measured = await measure(comparison, systems, load, point, requests);
      const fresh = systems.map((system) => row(comparison, system, load, measured.get(system)!));
      rows.push(...fresh);
      console.log(`\n${shown(fresh)}`); // as far as it has come, whatever happens next
      writeJson(values.json, { ...facts(comparison), scenario: 'closed-loop', rows });
    }
    console.log(`\n${shown(rows)}`);
    writeText(values.svg, () => plot(comparison, rows));
  },
);

function measure(
  comparison: Comparison,
  systems: readonly System[],
  load: Load,
  point: number,
  requests: number,
): Promise<ReadonlyMap<System, readonly LoadResult[]>> {
  const { streams, promptTokens, generatedTokens } = load;
  const demand = { streams, tokensPerStream: promptTokens + generatedTokens };
  return takeTurns(comparison, demand, systems, (system, server, round) =>
    runClosedLoop(server, {
      clientCount: streams,
      requestsPerClient: streams === 1 ? 2 * requests : requests,
      timeoutMs: comparison.timeoutMs,
      body: (index) =>
        system.body(promptOf(comparison, { point, round, index }, promptTokens, generatedTokens)),
    }),
  );
}

function row(
  { bounds, model }: Comparison,
  system: System,
  load: Load,
  results: readonly LoadResult[],
): Row {
  const tokensPerSecond = spread(results.map((result) => result.tokensPerSecond));
  return {
    system: system.name,
    ...load,
    tokensPerSecond,
    boundShare:
      bounds &&
      tokensPerSecond.median / closedLoopBound(load, model.config, system.weights, bounds),
    ttftMs: latency(results.flatMap((result) => result.ttftMs)),
    interTokenMs: latency(results.flatMap((result) => result.interTokenMs)),
  };
}

function shown(rows: readonly Row[]): string {
  const heading = ['streams', 'system', 'tokens/s', 'of bound', 'TTFT p50 ms', 'p99'];
  return table([
    [...heading, 'inter-token p50 ms', 'p99'],
    ...rows.map((row) => [
      String(row.streams),
      row.system,
      shownSpread(row.tokensPerSecond),
      shownShare(row.boundShare),
      row.ttftMs.p50.toFixed(0),
      row.ttftMs.p99.toFixed(0),
      row.interTokenMs.p50.toFixed(1),
      row.interTokenMs.p99.toFixed(1),
    ]),
  ]);
}

function plot({ model, machine, systems }: Comparison, rows: readonly Row[]): string {
  const { promptTokens, generatedTokens } = rows[0]!;
  return linePlot({
    title: `${model.name}, ${promptTokens} → ${generatedTokens} tokens, ${machine.serverThreads} threads`,
    subtitle: '',
    xLabel: 'streams at a time',
    yLabel: 'tokens/s',
    lines: systems.map(({ name }) => ({
      name,
      points: rows
        .filter(({ system }) => system === name)
        .map(({ streams, tokensPerSecond: { median, least, most } }) => {
          return { x: streams, y: median, least, most };
        }),
    })),
  });
}
