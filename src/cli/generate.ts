// `kvasir generate`: a text on standard output as it is generated, and nothing else there.

import { randomInt } from 'node:crypto';
import type { Choice, Usage } from '../../client/client.ts';
import { generateGroups } from '../config/generate-table.ts';
import { type Command, sourceOf } from '../config.ts';
import { ServeError } from '../errors.ts';
import { ChoicePrinter } from './choice-printer.ts';
import { CommandError, exitCodes } from './command-error.ts';
import { flagOf, inFlagWords } from './generate-fields.ts';
import { openOwnEngine } from './own-engine.ts';
import { promptFrom } from './prompt-input.ts';
import { reachServer } from './remote-server.ts';
import { painter } from './style.ts';
import type { RequestBody, TextSource } from './text-source.ts';

type Asked = Extract<Command, { readonly name: 'generate' }>;

/** Other than texts, they are only in JSON. */
const onlyInJson = [
  'logprobs',
  'prompt_logprobs',
  'return_token_ids',
  'return_tokens_as_token_ids',
];

export async function runGenerate(asked: Asked): Promise<void> {
  const { prompt: given, settings, body: fields } = asked;
  if (settings.url !== '') requireRemote(asked);
  requireJson(fields, settings.json);
  const prompt = await promptFrom(given, process.stdin);
  const body: RequestBody = { prompt, ...seeded(fields) };
  const sampleCount = Number(fields['best_of'] ?? fields['n'] ?? 1);
  const source =
    settings.url === ''
      ? await openOwnEngine(settings, sampleCount)
      : await reachServer(settings.url, settings.apiKey, settings.model);
  try {
    if (settings.json) await writeJson(source, body, settings.stream);
    else await writeText(source, body);
  } catch (error) {
    throw asCommand(error);
  } finally {
    await source.close();
  }
}

/** What a command line asks of a server that decides it for itself. */
function requireRemote(asked: Asked): void {
  const { apiKey: _, model: __, url: ___, ...ours } = generateGroups['What generates it'];
  for (const { flag } of Object.values({ ...ours, ...generateGroups['How it computes'] })) {
    if (sourceOf(asked, `--${flag}`) !== `--${flag}`) continue;
    throw new CommandError(
      exitCodes.misused,
      `--${flag} is for a model of this machine; with --url the server decides it: leave it out`,
    );
  }
}

function requireJson(fields: RequestBody, isJson: boolean): void {
  const hidden = isJson ? undefined : onlyInJson.find((name) => fields[name] !== undefined);
  if (hidden === undefined) return;
  throw new CommandError(
    exitCodes.misused,
    `${flagOf(hidden)} shows in JSON only: add --json, or leave it out`,
  );
}

/** One that can be told afterwards, so that a text can be had again. */
function seeded(fields: RequestBody): RequestBody {
  return fields['seed'] === undefined && fields['temperature'] !== 0
    ? { ...fields, seed: randomInt(2 ** 31) }
    : fields;
}

async function writeJson(source: TextSource, body: RequestBody, isStream: boolean): Promise<void> {
  if (!isStream) {
    process.stdout.write(`${JSON.stringify(await source.whole(body))}\n`);
    return;
  }
  for await (const chunk of source.chunks(body)) {
    process.stdout.write(`${JSON.stringify(chunk)}\n`);
  }
}

async function writeText(source: TextSource, body: RequestBody): Promise<void> {
  const { stdout } = process;
  const returnedCount = Number(body['n'] ?? 1);
  const isRanked = Number(body['best_of'] ?? returnedCount) > returnedCount;
  const printer = new ChoicePrinter(returnedCount, (text) => stdout.write(text));
  // Also when an interrupt ends the process in the middle of a line.
  const endLine = () => {
    if (stdout.isTTY && !printer.endsLine) stdout.write('\n');
  };
  process.once('exit', endLine);
  const figures = new Figures(body);
  const take = (choice: Choice) => {
    figures.take(choice);
    printer.take(choice.index, choice.text, choice.finish_reason !== null);
  };
  try {
    if (isRanked) {
      const whole = await source.whole(body);
      for (const choice of whole.choices) take(choice);
      figures.end(whole.usage ?? null);
    } else {
      for await (const { choices, usage } of source.chunks(body)) {
        for (const choice of choices) take(choice);
        if (usage) figures.end(usage);
      }
    }
  } finally {
    process.off('exit', endLine);
    endLine();
  }
  if (process.stderr.isTTY) console.error(painter(process.stderr)('dim', figures.shown()));
}

/** What a reader may want to know when the text is there. */
class Figures {
  readonly #body: RequestBody;
  readonly #begunMs = performance.now();
  readonly #finishes = new Set<string>();
  #firstMs: number | null = null;
  #endMs = 0;
  #usage: Usage | null = null;

  constructor(body: RequestBody) {
    this.#body = body;
  }

  take({ text, finish_reason: finish }: Choice): void {
    if (text !== '') this.#firstMs ??= performance.now();
    if (finish !== null) this.#finishes.add(finish);
  }

  end(usage: Usage | null): void {
    this.#endMs = performance.now();
    this.#usage = usage;
  }

  shown(): string {
    const seconds = (this.#endMs - this.#begunMs) / 1000;
    const tokens = this.#usage?.completion_tokens ?? 0;
    const seed = this.#body['seed'];
    return [
      `${tokens} tokens in ${seconds.toFixed(2)} s, ${(tokens / seconds).toFixed(0)} tokens/s`,
      ...(this.#firstMs === null
        ? []
        : [`the first after ${(this.#firstMs - this.#begunMs).toFixed(0)} ms`]),
      ...(this.#finishes.has('length') ? ['more with a higher --max-tokens'] : []),
      ...(seed === undefined ? [] : [`again with --seed ${seed}`]),
    ].join('; ');
  }
}

/** What the API refuses of a field is a flag's fault here. */
function asCommand(error: unknown): unknown {
  if (!(error instanceof ServeError) || error.kind !== 'invalid') return error;
  if (error.code === 'invalid_setting') return error;
  return new CommandError(exitCodes.misused, inFlagWords(error.message, error.param));
}
