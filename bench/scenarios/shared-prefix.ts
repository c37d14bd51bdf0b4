// One long context, asked about again and again with other endings, as multiple-choice evaluations do:
// the time with `--prefix-cache on` against `off`. The answers must be equal.

import { isDeepStrictEqual } from 'node:util';
import { randomPrompt } from '../../src/load/prompts.ts';
import { spread } from '../../src/load/statistics.ts';
import { prefillWork, sharedBoundSeconds, type Work } from '../bounds/roofline.ts';
import { command } from '../command.ts';
import { count, flag } from '../flags.ts';
import { askAll, completeWhole } from '../load/whole.ts';
import { shownShare, shownSpread, table, writeJson } from '../report.ts';
import { type Comparison, facts, kvasirFlags, prepareKvasir } from '../setup.ts';
import type { System } from '../systems/system.ts';
import { takeTurns } from '../turns.ts';

const flags = {
  context: flag('N', '500', 'tokens that all prompts begin with'),
  ending: flag('N', '8', 'tokens after them'),
  requests: flag('N', '100', 'prompts of a round'),
  clients: flag('N', '4', 'requests at a time'),
  ...kvasirFlags,
};

interface Load {
  readonly contextTokens: number;
  readonly endingTokens: number;
  readonly requestCount: number;
  readonly clients: number;
}

interface Round {
  readonly seconds: number;
  readonly answers: readonly unknown[];
}

export const sharedPrefix = command(
  'one context asked many times: the prefix cache on against off',
  flags,
  async (values) => {
    const load = {
      contextTokens: count('context', values.context),
      endingTokens: count('ending', values.ending),
      requestCount: count('requests', values.requests),
      clients: count('clients', values.clients),
    };
    // Beside one another: on, off, on, off.
    const comparison = await prepareKvasir(values, ({ name, flags }) => [
      { name: `${name} on`, flags: [...flags, '--prefix-cache', 'on'] },
      { name: `${name} off`, flags: [...flags, '--prefix-cache', 'off'] },
    ]);
    const measured = await measure(comparison, load);
    const rows: Row[] = [];
    for (let index = 0; index < comparison.systems.length; index += 2) {
      const [on, off] = [comparison.systems[index]!, comparison.systems[index + 1]!];
      rows.push(row(comparison, load, [on, measured.get(on)!], [off, measured.get(off)!]));
    }
    console.log(`\n${shown(rows)}`);
    writeJson(values.json, { ...facts(comparison), scenario: 'shared-prefix', load, rows });
    const wrong = rows.filter((row) => !row.areEqual).map((row) => row.system);
    if (wrong.length > 0) throw new Error(`answers depend on the prefix cache: ${wrong}`);
  },
);

function measure(
  comparison: Comparison,
  { contextTokens, endingTokens, requestCount, clients }: Load,
): Promise<ReadonlyMap<System, readonly Round[]>> {
  const { vocabularySize } = comparison.model.config;
  const demand = { streams: clients, tokensPerStream: contextTokens + endingTokens + 1 };
  return takeTurns(comparison, demand, comparison.systems, async (_, server, round) => {
    // A context of its own for each round: what the cache keeps of the last one helps nobody.
    const context = randomPrompt(1 + round, contextTokens, vocabularySize);
    const begun = performance.now();
    const answers = await askAll(requestCount, clients, async (index) => {
      const seed = 1000 + round * requestCount + index;
      const prompt = [...context, ...randomPrompt(seed, endingTokens, vocabularySize)];
      const one = { max_tokens: 1, temperature: 0, ignore_eos: true };
      const body = { prompt, echo: true, logprobs: 1, ...one };
      return (await completeWhole(server, body, comparison.timeoutMs)).choices;
    });
    return { seconds: (performance.now() - begun) / 1000, answers };
  });
}

type Row = ReturnType<typeof row>;

type Measured = readonly [system: System, rounds: readonly Round[]];

function row(comparison: Comparison, load: Load, on: Measured, off: Measured) {
  const seconds = ([, rounds]: Measured) => spread(rounds.map((round) => round.seconds));
  const [system, rounds] = on;
  const [quick, slow] = [seconds(on), seconds(off)];
  return {
    system: system.name.replace(/ on$/, ''),
    onSeconds: quick,
    offSeconds: slow,
    ratio: spread(rounds.map((round, index) => off[1][index]!.seconds / round.seconds)),
    onBoundShare: shareOfBound(comparison, load, system, true, quick.median),
    offBoundShare: shareOfBound(comparison, load, system, false, slow.median),
    areEqual: rounds.every((round, index) =>
      isDeepStrictEqual(round.answers, off[1][index]!.answers),
    ),
  };
}

/** At best the context is computed once, or with every request; every token is scored. */
function shareOfBound(
  { bounds, model }: Comparison,
  { contextTokens, endingTokens, requestCount }: Load,
  { weights }: System,
  isReused: boolean,
  seconds: number,
): number | null {
  if (bounds === null) return null;
  const whole = prefillWork(contextTokens + endingTokens, contextTokens + endingTokens);
  const context = prefillWork(contextTokens, contextTokens);
  const past = contextTokens + endingTokens / 2;
  const ending = { tokens: endingTokens, rows: endingTokens, past, sequences: 1 };
  const each = (work: Work) => new Array<Work>(requestCount).fill(work);
  const works = isReused ? [context, ...each(ending)] : each(whole);
  return sharedBoundSeconds(works, model.config, weights, bounds) / seconds;
}

function shown(rows: readonly Row[]): string {
  return table([
    ['system', 'on s', 'of bound', 'off s', 'of bound', 'off / on', 'answers equal'],
    ...rows.map((row) => [
      row.system,
      shownSpread(row.onSeconds, 2),
      shownShare(row.onBoundShare),
      shownSpread(row.offSeconds, 2),
      shownShare(row.offBoundShare),
      shownSpread(row.ratio, 2),
      row.areEqual ? 'yes' : 'NO',
    ]),
  ]);
}
