// What drafting ahead is worth to one stream, and what it costs where a text does not repeat itself:
// two servers, one that drafts and one that does not, asked the same in turns. Ratios of time per
// token; above 1 drafting is faster. Without --model a GPT-2 with random weights, whose greedy texts
// fall into loops and whose sampled texts never repeat; `--model storyteller` writes natural ones.
//
//   npm run build && node dist/bench/speculation.js [--model NAME] [--size 124M] [--tokens 200] [--rounds 5]

import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { command, type Server, scrape, startServer, total } from './server.ts';
import { median, table } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    size: { type: 'string', default: '124M' },
    tokens: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '5' },
    precision: { type: 'string', default: 'fp32' },
    cache: { type: 'string', default: path.join(os.tmpdir(), 'kvasir-bench') },
  },
});

const paragraph =
  'The fox went down to the river and asked the old heron how deep the water was. The heron looked ' +
  'at the fox for a long time, and said that it was as deep as the fox was tall. ';

/** Each differs from round to round, and is the same for both servers. */
const workloads: Record<string, (round: number) => Record<string, unknown>> = {
  'a repeated paragraph, greedy': (round) => ({
    prompt: `${round}. ${paragraph.repeat(2)}The fox`,
    temperature: 0,
  }),
  'a repeated paragraph, sampled cold': (round) => ({
    prompt: `${round}. ${paragraph.repeat(2)}The fox`,
    temperature: 0.3,
    seed: round,
  }),
  'a story, sampled': (round) => ({
    prompt: `${round}. ${paragraph}`,
    temperature: 0.8,
    top_k: 40,
    seed: round,
  }),
  'a story, sampled warm': (round) => ({ prompt: `${round}. Once`, temperature: 1, seed: round }),
};

const flags = [
  '--model',
  await model(),
  '--cache-directory',
  options.cache,
  '--prefix-cache',
  'off',
];
if (options.model === undefined) flags.push('--precision', options.precision);
const plain = await startServer(...flags, '--speculation', 'off');
const drafting = await startServer(...flags, '--speculation', 'on');
try {
  const rows = [['text', 'off, tokens/s', 'on, tokens/s', 'on / off', 'drafted', 'accepted']];
  for (const [name, body] of Object.entries(workloads)) rows.push(await measure(name, body));
  console.log(table(rows));
} finally {
  await Promise.all([plain.stop(), drafting.stop()]);
}

async function model(): Promise<string> {
  if (options.model !== undefined) return options.model;
  const checkpoint = path.join(options.cache, `gpt2-${options.size}`);
  if (!existsSync(checkpoint)) {
    await command('init', '--size', options.size, '--seed', '1', '--out', checkpoint);
  }
  return checkpoint;
}

async function measure(name: string, body: (round: number) => object): Promise<string[]> {
  const ratios: number[] = [];
  const rates: { off: number[]; on: number[] } = { off: [], on: [] };
  await generate(plain, body(0));
  await generate(drafting, body(0));
  const before = await drafts();
  for (let round = 1; round <= Number(options.rounds); round++) {
    const off = await generate(plain, body(round));
    const on = await generate(drafting, body(round));
    rates.off.push(off);
    rates.on.push(on);
    ratios.push(on / off);
  }
  const after = await drafts();
  return [
    name,
    median(rates.off).toFixed(1),
    median(rates.on).toFixed(1),
    median(ratios).toFixed(3),
    String(after.drafted - before.drafted),
    String(after.accepted - before.accepted),
  ];
}

async function drafts(): Promise<{ readonly drafted: number; readonly accepted: number }> {
  const samples = await scrape(drafting);
  return {
    drafted: total(samples, 'vllm:spec_decode_num_draft_tokens_total'),
    accepted: total(samples, 'vllm:spec_decode_num_accepted_tokens_total'),
  };
}

/** Tokens per second of one completion, its prompt included. */
async function generate(server: Server, body: object): Promise<number> {
  const begun = performance.now();
  const reply = await fetch(new URL('/v1/completions', server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, max_tokens: Number(options.tokens), ignore_eos: true }),
  });
  const answer = (await reply.json()) as { readonly usage: { readonly completion_tokens: number } };
  if (!reply.ok) throw new Error(JSON.stringify(answer));
  return answer.usage.completion_tokens / ((performance.now() - begun) / 1000);
}
