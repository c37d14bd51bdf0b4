// A long prompt that arrives beside running streams: how long their tokens then wait for one another,
// and how long the newcomer waits for its first.

import http from 'node:http';
import { latency, spread } from '../../src/load/statistics.ts';
import type { CompletionBody } from '../../src/load/stream.ts';
import { type CompletionTimes, streamCompletion, ttftMs } from '../../src/load/stream.ts';
import { boundSeconds, decodeWork, prefillWork, type Work } from '../bounds/roofline.ts';
import { command } from '../command.ts';
import { count, flag } from '../flags.ts';
import { shownShare, shownSpread, table, writeJson } from '../report.ts';
import type { Server } from '../server.ts';
import { type Comparison, facts, prepareSystems, systemFlags } from '../setup.ts';
import type { System } from '../systems/system.ts';
import { promptOf, takeTurns } from '../turns.ts';

const flags = {
  streams: flag('N', '8', 'streams that are running'),
  prompt: flag('N', '64', 'tokens of their prompts'),
  tokens: flag('N', '128', 'tokens that each of them generates'),
  after: flag('N', '16', 'tokens that each has when the long prompt arrives'),
  long: flag('N', '1000', 'tokens of the long prompt'),
  'long-tokens': flag('N', '8', 'tokens that it generates'),
  ...systemFlags,
};

interface Load {
  readonly streams: number;
  readonly promptTokens: number;
  readonly generatedTokens: number;
  readonly after: number;
  readonly longTokens: number;
  readonly longGeneratedTokens: number;
}

interface Round {
  /** Gaps between tokens of the streams, each after its first `after`. */
  readonly undisturbedMs: readonly number[];
  /** Those that overlap the time from sending the long prompt to its first token. */
  readonly disturbedMs: readonly number[];
  readonly longTtftMs: number;
}

export const interruption = command(
  'a long prompt beside running streams: gaps with and without',
  flags,
  async (values) => {
    const load = {
      streams: count('streams', values.streams),
      promptTokens: count('prompt', values.prompt),
      generatedTokens: count('tokens', values.tokens),
      after: count('after', values.after),
      longTokens: count('long', values.long),
      longGeneratedTokens: count('long-tokens', values['long-tokens']),
    };
    const comparison = await prepareSystems(values);
    const tokensPerStream = Math.max(
      load.longTokens + load.longGeneratedTokens,
      load.promptTokens + load.generatedTokens,
    );
    const demand = { streams: load.streams + 1, tokensPerStream };
    const measured = await takeTurns(
      comparison,
      demand,
      comparison.systems,
      (system, server, round) => measure(comparison, load, system, server, round),
    );
    const rows = comparison.systems.map((system) =>
      row(comparison, load, system, measured.get(system)!),
    );
    console.log(`\n${shown(rows)}`);
    writeJson(values.json, { ...facts(comparison), scenario: 'interruption', load, rows });
  },
);

async function measure(
  comparison: Comparison,
  load: Load,
  system: System,
  server: Server,
  round: number,
): Promise<Round> {
  const without = await runStreams(comparison, load, system, server, { point: 0, round }, null);
  const isLong = { index: load.streams, point: 1, round };
  const asked = promptOf(comparison, isLong, load.longTokens, load.longGeneratedTokens);
  const together = { point: 1, round };
  const disturbed = await runStreams(
    comparison,
    load,
    system,
    server,
    together,
    system.body(asked),
  );
  const long = disturbed.long!;
  const longFirstMs = long.sentMs + ttftMs(long);
  return {
    undisturbedMs: gapsWithin(without.streams, load.after, 0, Infinity),
    disturbedMs: gapsWithin(disturbed.streams, load.after, long.sentMs, longFirstMs),
    longTtftMs: ttftMs(long),
  };
}

/** The streams, and with them what `longBody` asks for, sent when each stream has `after` tokens. */
async function runStreams(
  comparison: Comparison,
  load: Load,
  system: System,
  server: Server,
  place: { readonly point: number; readonly round: number },
  longBody: CompletionBody | null,
): Promise<{ streams: CompletionTimes[]; long: CompletionTimes | null }> {
  const agent = new http.Agent({ maxSockets: Infinity });
  const { timeoutMs } = comparison;
  let behind = load.streams;
  let long: Promise<CompletionTimes> | null = null;
  const arrive = () => {
    behind -= 1;
    if (behind > 0 || longBody === null) return;
    long = streamCompletion(server, longBody, { agent, timeoutMs });
    long.catch(() => {}); // awaited below, after the streams
  };
  try {
    const streams = await Promise.all(
      Array.from({ length: load.streams }, (_, index) => {
        const asked = promptOf(
          comparison,
          { ...place, index },
          load.promptTokens,
          load.generatedTokens,
        );
        let chunks = 0;
        const onChunk = () => {
          chunks += 1;
          if (chunks === load.after) arrive();
        };
        return streamCompletion(server, system.body(asked), { agent, timeoutMs, onChunk });
      }),
    );
    if (longBody !== null && long === null) throw new Error('streams ended before --after tokens');
    return { streams, long: await long };
  } finally {
    agent.destroy();
  }
}

function gapsWithin(
  streams: readonly CompletionTimes[],
  after: number,
  fromMs: number,
  toMs: number,
): number[] {
  return streams.flatMap(({ chunkMs }) =>
    chunkMs.slice(after).flatMap((end, index) => {
      const begin = chunkMs[after + index - 1]!;
      return end > fromMs && begin < toMs ? [end - begin] : [];
    }),
  );
}

type Row = ReturnType<typeof row>;

function row(
  { bounds, model }: Comparison,
  load: Load,
  { name, weights }: System,
  rounds: readonly Round[],
) {
  const withoutMs = latency(rounds.flatMap((round) => round.undisturbedMs));
  const longTtftMs = spread(rounds.map((round) => round.longTtftMs));
  const share = (work: Work, ms: number) =>
    bounds && (1000 * boundSeconds(work, model.config, weights, bounds)) / ms;
  const past = load.promptTokens + (load.after + load.generatedTokens) / 2;
  return {
    system: name,
    withoutMs,
    withoutBoundShare: share(decodeWork(load.streams, past), withoutMs.p50),
    withMs: latency(rounds.flatMap((round) => round.disturbedMs)),
    longTtftMs,
    longBoundShare: share(prefillWork(load.longTokens, 1), longTtftMs.median),
  };
}

function shown(rows: readonly Row[]): string {
  const heading = ['system', 'gaps without p50 ms', 'of bound', 'p99', 'with p50 ms', 'p99'];
  return table([
    [...heading, 'long TTFT ms', 'of bound'],
    ...rows.map((row) => [
      row.system,
      row.withoutMs.p50.toFixed(1),
      shownShare(row.withoutBoundShare),
      row.withoutMs.p99.toFixed(1),
      row.withMs.p50.toFixed(1),
      row.withMs.p99.toFixed(1),
      shownSpread(row.longTtftMs),
      shownShare(row.longBoundShare),
    ]),
  ]);
}
