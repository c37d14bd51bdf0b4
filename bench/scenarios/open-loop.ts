// Requests that arrive at random, so many a second: how many of them are served within limits of time
// to the first token and time per token, over the rate.

import { latency, spread } from '../../src/load/statistics.ts';
import { type CompletionTimes, tpotMs, ttftMs } from '../../src/load/stream.ts';
import { closedLoopBound } from '../bounds/roofline.ts';
import { command } from '../command.ts';
import { count, flag, numbers } from '../flags.ts';
import { poissonArrivals } from '../load/arrivals.ts';
import { goodput, type Limits } from '../load/goodput.ts';
import { runOpenLoop } from '../load/open-loop.ts';
import { shownShare, shownSpread, table, writeJson, writeText } from '../report.ts';
import { type Comparison, facts, prepareSystems, systemFlags } from '../setup.ts';
import { linePlot } from '../svg.ts';
import type { System } from '../systems/system.ts';
import { promptOf, takeTurns } from '../turns.ts';

const flags = {
  rates: flag('LIST', '1,2,3,4', 'requests a second'),
  seconds: flag('N', '30', 'how long they arrive; all are answered'),
  prompt: flag('N', '64', 'tokens of each prompt'),
  tokens: flag('N', '128', 'tokens that each generates'),
  slots: flag('N', '32', 'streams that a server has room for'),
  'ttft-limit': flag('MS', '1000', 'a good request has its first token within'),
  'tpot-limit': flag('MS', '100', 'and takes no longer for each of the others, on average'),
  svg: flag('FILE', '', 'draws goodput over the rate'),
  ...systemFlags,
};

interface Point {
  readonly rate: number;
  readonly seconds: number;
  readonly promptTokens: number;
  readonly generatedTokens: number;
  readonly slots: number;
  readonly limits: Limits;
}

type Round = readonly (CompletionTimes | null)[];

export const openLoop = command(
  'goodput: requests/s within limits, over Poisson arrivals',
  flags,
  async (values) => {
    const comparison = await prepareSystems(values);
    const rows: Row[] = [];
    for (const [index, rate] of numbers('rates', values.rates).entries()) {
      const point = {
        rate,
        seconds: count('seconds', values.seconds),
        promptTokens: count('prompt', values.prompt),
        generatedTokens: count('tokens', values.tokens),
        slots: count('slots', values.slots),
        limits: {
          ttftMs: count('ttft-limit', values['ttft-limit']),
          tpotMs: count('tpot-limit', values['tpot-limit']),
        },
      };
      const measured = await measure(comparison, point, index);
      const fresh = comparison.systems.map((system) =>
        row(comparison, system, point, measured.get(system)!),
      );
      rows.push(...fresh);
      console.log(`\n${shown(fresh)}`);
      writeJson(values.json, { ...facts(comparison), scenario: 'open-loop', rows });
    }
    console.log(`\n${shown(rows)}`);
    writeText(values.svg, () => plot(comparison, rows));
  },
);

function measure(
  comparison: Comparison,
  { rate, seconds, promptTokens, generatedTokens, slots }: Point,
  point: number,
): Promise<ReadonlyMap<System, readonly Round[]>> {
  const demand = { streams: slots, tokensPerStream: promptTokens + generatedTokens };
  return takeTurns(comparison, demand, comparison.systems, (system, server, round) =>
    runOpenLoop(server, {
      arrivals: poissonArrivals(rate, seconds, 1000 * point + round),
      timeoutMs: comparison.timeoutMs,
      body: (index) =>
        system.body(promptOf(comparison, { point, round, index }, promptTokens, generatedTokens)),
    }),
  );
}

type Row = ReturnType<typeof row>;

function row(
  { bounds, model }: Comparison,
  { name, weights }: System,
  point: Point,
  rounds: readonly Round[],
) {
  const all = rounds.flat();
  const answered = all.filter((times) => times !== null);
  const perSecond = spread(rounds.map((round) => goodput(round, point.limits, point.seconds)));
  // Against what all slots together could do at best.
  const load = { ...point, streams: point.slots };
  const bound = bounds && closedLoopBound(load, model.config, weights, bounds);
  return {
    system: name,
    ...point,
    requestCount: all.length,
    failedCount: all.length - answered.length,
    goodput: perSecond,
    goodShare: goodput(all, point.limits, all.length),
    boundShare: bound && (perSecond.median * point.generatedTokens) / bound,
    ttftMs: latency(answered.map(ttftMs)),
    tpotMs: latency(answered.map(tpotMs)),
  };
}

function shown(rows: readonly Row[]): string {
  const heading = ['requests/s', 'system', 'good/s', 'good', 'of bound', 'failed', 'TTFT p50 ms'];
  return table([
    [...heading, 'p99', 'per token p50 ms', 'p99'],
    ...rows.map((row) => [
      String(row.rate),
      row.system,
      shownSpread(row.goodput, 2),
      shownShare(row.goodShare),
      shownShare(row.boundShare),
      String(row.failedCount),
      row.ttftMs.p50.toFixed(0),
      row.ttftMs.p99.toFixed(0),
      row.tpotMs.p50.toFixed(1),
      row.tpotMs.p99.toFixed(1),
    ]),
  ]);
}

function plot({ model, machine, systems }: Comparison, rows: readonly Row[]): string {
  const { promptTokens, generatedTokens, limits } = rows[0]!;
  return linePlot({
    title: `${model.name}, ${promptTokens} → ${generatedTokens} tokens, ${machine.serverThreads} threads`,
    subtitle: `requests with TTFT ≤ ${limits.ttftMs} ms and ≤ ${limits.tpotMs} ms per token`,
    xLabel: 'requests/s that arrive',
    yLabel: 'requests/s within limits',
    lines: systems.map(({ name }) => ({
      name,
      points: rows
        .filter(({ system }) => system === name)
        .map(({ rate, goodput: { median, least, most } }) => {
          return { x: rate, y: median, least, most };
        }),
    })),
  });
}
