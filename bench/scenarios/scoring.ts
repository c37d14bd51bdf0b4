// Scoring texts: the log-probability of every token of random prompts, nothing generated. llama.cpp has
// no such request; llama-perplexity does the nearest thing, over windows of as many tokens.

import { spread } from '../../src/load/statistics.ts';
import { prefillWork, sharedBoundSeconds, type Work } from '../bounds/roofline.ts';
import { command } from '../command.ts';
import { count, flag } from '../flags.ts';
import { askAll, completeWhole } from '../load/whole.ts';
import { shownShare, shownSpread, table, writeJson } from '../report.ts';
import {
  type Comparison,
  facts,
  kvasirFlags,
  llamaTypes,
  prepareKvasir,
  systemFlags,
} from '../setup.ts';
import { llama } from '../systems/llama.ts';
import { perplexitySeconds } from '../systems/perplexity.ts';
import type { System } from '../systems/system.ts';
import { promptOf, takeTurns } from '../turns.ts';

const flags = {
  prompt: flag('N', '512', 'tokens of each prompt'),
  requests: flag('N', '16', 'prompts of a round'),
  clients: flag('N', '4', 'requests at a time'),
  ...kvasirFlags,
  llama: systemFlags.llama,
  'llama-type': systemFlags['llama-type'],
};

interface Load {
  readonly promptTokens: number;
  readonly requestCount: number;
  readonly clients: number;
}

export const scoring = command(
  'log-probabilities of prompts: tokens/s, beside llama-perplexity',
  flags,
  async (values) => {
    const load = {
      promptTokens: count('prompt', values.prompt),
      requestCount: count('requests', values.requests),
      clients: count('clients', values.clients),
    };
    const comparison = await prepareKvasir(values);
    const measured = await measure(comparison, load);
    const rows = comparison.systems.map((system) =>
      row(comparison, load, system, measured.get(system)!, load.promptTokens),
    );
    if (values.llama !== '') {
      const types = llamaTypes(values['llama-type']);
      rows.push(...(await measureLlama(comparison, load, values.llama, types)));
    }
    console.log(`\n${shown(rows)}`);
    writeJson(values.json, { ...facts(comparison), scenario: 'scoring', load, rows });
  },
);

/** Of each system the seconds of each round. */
function measure(
  comparison: Comparison,
  { promptTokens, requestCount, clients }: Load,
): Promise<ReadonlyMap<System, readonly number[]>> {
  const demand = { streams: clients, tokensPerStream: promptTokens };
  return takeTurns(comparison, demand, comparison.systems, async (_, server, round) => {
    const begun = performance.now();
    await askAll(requestCount, clients, async (index) => {
      const { prompt } = promptOf(comparison, { point: 0, round, index }, promptTokens, 0);
      const body = { prompt, echo: true, logprobs: 1, max_tokens: 0 };
      const { usage } = await completeWhole(server, body, comparison.timeoutMs);
      if (usage.prompt_tokens !== promptTokens) throw new Error('a prompt was not read whole');
    });
    return (performance.now() - begun) / 1000;
  });
}

/** It takes a file, not requests: a program that runs and ends, after the servers. */
async function measureLlama(
  comparison: Comparison,
  load: Load,
  directory: string,
  types: ReturnType<typeof llamaTypes>,
): Promise<Row[]> {
  const { model, machine, timeoutMs, rounds } = comparison;
  const seconds = new Map<string, number[]>(types.map((type) => [type, []]));
  for (let round = 0; round < rounds; round++) {
    for (const type of types) {
      const windows = { count: load.requestCount, tokens: load.promptTokens, seed: 1 + round };
      const one = await perplexitySeconds(model, machine, { directory, type }, windows, timeoutMs);
      seconds.get(type)!.push(one);
    }
  }
  return types.map((type) => {
    const { weights } = llama(model, machine, { directory, type, flags: [] });
    const system = { name: `llama-perplexity ${type}`, weights };
    // It asks for the logits of the second half of each window only.
    return row(comparison, load, system, seconds.get(type)!, load.promptTokens / 2);
  });
}

type Row = ReturnType<typeof row>;

function row(
  { bounds, model }: Comparison,
  { promptTokens, requestCount }: Load,
  { name, weights }: Pick<System, 'name' | 'weights'>,
  seconds: readonly number[],
  rowsOfPrompt: number,
) {
  const tokens = requestCount * promptTokens;
  const tokensPerSecond = spread(seconds.map((time) => tokens / time));
  const works = new Array<Work>(requestCount).fill(prefillWork(promptTokens, rowsOfPrompt));
  const least = bounds && sharedBoundSeconds(works, model.config, weights, bounds);
  const boundShare = least && tokensPerSecond.median / (tokens / least);
  return { system: name, scoredOfEach: rowsOfPrompt, tokensPerSecond, boundShare };
}

function shown(rows: readonly Row[]): string {
  return table([
    ['system', 'tokens/s', 'of bound', 'scored of each prompt'],
    ...rows.map((row) => [
      row.system,
      shownSpread(row.tokensPerSecond),
      shownShare(row.boundShare),
      String(row.scoredOfEach),
    ]),
  ]);
}
