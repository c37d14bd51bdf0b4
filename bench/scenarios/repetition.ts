// One stream at a time, over text that repeats itself and text that does not: what guessing the next
// tokens from earlier ones gains where it can, and costs where it cannot.

import http from 'node:http';
import { spread } from '../../src/load/statistics.ts';
import { type CompletionTimes, streamCompletion } from '../../src/load/stream.ts';
import { createTokenizer } from '../../src/tokenizer/tokenizer.ts';
import { closedLoopBound } from '../bounds/roofline.ts';
import { command } from '../command.ts';
import { count, flag } from '../flags.ts';
import { shownShare, shownSpread, table, writeJson } from '../report.ts';
import { type Server, scrape, total } from '../server.ts';
import { type Comparison, facts, prepareSystems, systemFlags } from '../setup.ts';
import type { System } from '../systems/system.ts';
import { takeTurns } from '../turns.ts';

const flags = {
  tokens: flag('N', '256', 'tokens that each text gets'),
  ...systemFlags,
};

const dialogue =
  'The king said to the fox: come with me. The fox said to the king: I will come with you.\n';
const beginning = 'Once upon a time, in a village far behind the hills, there lived a miller who';

interface Text {
  readonly name: string;
  readonly prompt: string;
  /** Greedy text falls into loops sooner or later; drawn text hardly does. */
  readonly isGreedy: boolean;
}

const texts: readonly Text[] = [
  { name: 'repeats itself', prompt: dialogue.repeat(4), isGreedy: true },
  { name: 'repeats itself, drawn', prompt: dialogue.repeat(4), isGreedy: false },
  { name: 'does not', prompt: beginning, isGreedy: true },
  { name: 'does not, drawn', prompt: beginning, isGreedy: false },
];

/** Tokens that were guessed, and those of them that were right. */
interface Drafts {
  readonly drafted: number;
  readonly accepted: number;
}

interface Round extends CompletionTimes, Drafts {}

export const repetition = command(
  'one stream of text that repeats itself, and of text that does not',
  flags,
  async (values) => {
    const generatedTokens = count('tokens', values.tokens);
    const comparison = await prepareSystems(values);
    const tokenizer = createTokenizer('gpt2', comparison.model.config.vocabularySize);
    const rows: Row[] = [];
    for (const text of texts) {
      // Each round begins in another way, so that no cache knows the prompt.
      const promptOf = (round: number) => tokenizer.encode(`(${round + 1}) ${text.prompt}`);
      const measured = await measure(comparison, text, promptOf, generatedTokens);
      const expected = measured.get(comparison.systems[0]!)!;
      for (const system of comparison.systems) {
        rows.push(
          row(comparison, text, promptOf(0).length, system, measured.get(system)!, expected),
        );
      }
    }
    console.log(`\n${shown(rows)}`);
    writeJson(values.json, { ...facts(comparison), scenario: 'repetition', rows });
  },
);

function measure(
  comparison: Comparison,
  { isGreedy }: Text,
  promptOf: (round: number) => readonly number[],
  generatedTokens: number,
): Promise<ReadonlyMap<System, readonly Round[]>> {
  const longest = promptOf(comparison.rounds).length + generatedTokens;
  const demand = { streams: 1, tokensPerStream: longest };
  const { timeoutMs } = comparison;
  return takeTurns(comparison, demand, comparison.systems, async (system, server, round) => {
    const agent = new http.Agent();
    const seed = isGreedy ? null : 1 + round;
    const body = system.body({ prompt: promptOf(round), generatedTokens, seed });
    const before = await drafts(system, server);
    const times = await streamCompletion(server, body, { agent, timeoutMs });
    const after = await drafts(system, server);
    return {
      ...times,
      drafted: after.drafted - before.drafted,
      accepted: after.accepted - before.accepted,
    };
  });
}

/** So far, as Kvasir counts them; the other systems do not draft. */
async function drafts({ kind }: System, server: Server): Promise<Drafts> {
  if (kind !== 'kvasir') return { drafted: 0, accepted: 0 };
  const samples = await scrape(server);
  return {
    drafted: total(samples, 'vllm:spec_decode_num_draft_tokens_total'),
    accepted: total(samples, 'vllm:spec_decode_num_accepted_tokens_total'),
  };
}

type Row = ReturnType<typeof row>;

function row(
  { bounds, model }: Comparison,
  text: Text,
  promptTokens: number,
  { name, weights }: System,
  rounds: readonly Round[],
  expected: readonly Round[],
) {
  const perSecond = spread(
    rounds.map(({ sentMs, endMs, generatedTokens }) => (1000 * generatedTokens) / (endMs - sentMs)),
  );
  const load = { streams: 1, promptTokens, generatedTokens: rounds[0]!.generatedTokens };
  return {
    text: text.name,
    system: name,
    tokensPerSecond: perSecond,
    // Of one token a step: more than all of it is what guessing gains.
    boundShare: bounds && perSecond.median / closedLoopBound(load, model.config, weights, bounds),
    drafted: rounds.reduce((sum, { drafted }) => sum + drafted, 0),
    accepted: rounds.reduce((sum, { accepted }) => sum + accepted, 0),
    isSameText: rounds.every((times, index) => times.text === expected[index]!.text),
  };
}

function shown(rows: readonly Row[]): string {
  return table([
    ['text', 'system', 'tokens/s', 'of bound', 'drafted', 'accepted', 'text as the first'],
    ...rows.map((row) => [
      row.text,
      row.system,
      shownSpread(row.tokensPerSecond),
      shownShare(row.boundShare),
      String(row.drafted),
      String(row.accepted),
      row.isSameText ? 'yes' : 'no',
    ]),
  ]);
}
