// A text source without a server: the model in an engine of this process, asked as the server asks it.

import type * as answers from '../../client/client.ts';
import { clientsName, type GenerateSettings } from '../config.ts';
import type { Engine } from '../engine/engine.ts';
import { admit } from '../http/completion/admit.ts';
import type { ChoiceObserver, Completion } from '../http/completion/completion.ts';
import { servedModel } from '../http/completion/served-model.ts';
import { CompletionStarter } from '../http/completion/starter.ts';
import { wholeChoices } from '../http/completion/whole.ts';
import { realSurroundings } from '../http/surroundings.ts';
import { completionDialect } from '../http/wire.ts';
import { openTokenizer } from '../model/artifact-tokenizer.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { beginEngine } from './begin-engine.ts';
import { usualMaxTokens } from './generate-fields.ts';
import type { RequestBody, TextSource } from './text-source.ts';
import { whileWaiting } from './waiting.ts';

/** `sampleCount`: texts that are generated at the same time. */
export async function openOwnEngine(
  given: GenerateSettings,
  sampleCount: number,
): Promise<TextSource> {
  const settings = { ...given, model: given.model || 'storyteller' };
  const name = clientsName(settings.model);
  const { artifactDirectory, starting } = await beginEngine({
    ...settings,
    maxRunning: sampleCount,
    maxQueue: sampleCount,
    prefixCache: 'on',
  });
  const engine = await whileWaiting(`loading ${name}`, starting);
  try {
    const tokenizer = openTokenizer(artifactDirectory, engine.facts.manifest);
    return new OwnEngine(engine, tokenizer, name, sampleCount);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

class OwnEngine implements TextSource {
  readonly #engine: Engine;
  readonly #tokenizer: Tokenizer;
  readonly #model;
  readonly #starter: CompletionStarter;
  readonly #maxSequences: number;

  constructor(engine: Engine, tokenizer: Tokenizer, name: string, maxSequences: number) {
    this.#engine = engine;
    this.#tokenizer = tokenizer;
    this.#model = servedModel(engine.facts, name, realSurroundings.epochSeconds());
    this.#starter = new CompletionStarter(engine, tokenizer, this.#model);
    this.#maxSequences = maxSequences;
  }

  async whole(body: RequestBody): Promise<answers.Completion> {
    const completion = await this.#start(body);
    const choices = (await wholeChoices(completion)).map((choice) =>
      completionDialect.choice(completion, choice),
    );
    return completionDialect.whole(completion, this.#model.name, choices) as answers.Completion;
  }

  async *chunks(body: RequestBody): AsyncGenerator<answers.CompletionChunk> {
    const { name } = this.#model;
    const completion = await this.#start({ ...body, stream: true });
    for await (const event of completion.events()) {
      yield* completionDialect.chunks(completion, name, event, null) as answers.CompletionChunk[];
    }
    yield completionDialect.counts(completion, name) as answers.CompletionChunk;
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  async #start(body: RequestBody): Promise<Completion> {
    const { freshName, freshSeed, epochSeconds } = realSurroundings;
    const { request } = await admit(body, {
      model: this.#model,
      tokenizer: this.#tokenizer,
      maxSequences: this.#maxSequences,
      openCount: () => this.#engine.openCount,
      freshSeed,
      usualMaxTokens,
    });
    const origin = { id: `cmpl-${freshName()}`, created: epochSeconds() };
    return this.#starter.start(request, origin, nobody).completion;
  }
}

/** There is nothing to measure for anybody else. */
const nobody: ChoiceObserver = { promptProcessed() {}, firstToken() {}, ended() {} };
