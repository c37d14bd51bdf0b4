// A loaded model as the server of this process sees it, too: with its engine and its tokenizer.

import type {
  Completion,
  CompletionChunk,
  CompletionRequest,
  StreamedCompletionRequest,
} from '../../client/completion-types.ts';
import type { CallOptions } from '../../client/http.ts';
import { beginEngine } from '../cli/begin-engine.ts';
import { clientsName } from '../config.ts';
import type { Engine } from '../engine/engine.ts';
import { servedModel } from '../http/completion/served-model.ts';
import { realSurroundings } from '../http/surroundings.ts';
import { openTokenizer } from '../model/artifact-tokenizer.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { Asker } from './asker.ts';
import type { Model, ModelFacts, Score } from './model.ts';
import { scoreOf } from './score.ts';
import type { ModelSettings } from './settings.ts';

export async function load(name: string, settings: ModelSettings): Promise<LoadedModel> {
  const { starting, ...begun } = await beginEngine({ ...settings, model: name });
  const engine = await starting;
  try {
    const tokenizer = openTokenizer(begun.artifactDirectory, engine.facts.manifest);
    const { maxRunning } = begun.sizes;
    const limits = { maxRunning, maxQueue: settings.maxQueue };
    const clients = settings.servedModelName || clientsName(name);
    return new LoadedModel(engine, tokenizer, clients, limits);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

export interface ModelLimits {
  readonly maxRunning: number;
  readonly maxQueue: number;
}

export class LoadedModel implements Model {
  readonly facts: ModelFacts;
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly limits: ModelLimits;
  readonly #asker: Asker;
  #closed: Promise<void> | null = null;

  constructor(engine: Engine, tokenizer: Tokenizer, name: string, limits: ModelLimits) {
    const model = servedModel(engine.facts, name, realSurroundings.epochSeconds());
    const { manifest, device, cache } = engine.facts;
    this.facts = Object.freeze({
      name,
      parameterCount: manifest.parameterCount,
      contextLength: model.contextLength,
      vocabularySize: model.vocabularySize,
      precision: manifest.precision,
      device,
      maxRunning: Math.min(cache.unitCount, limits.maxRunning),
    });
    this.engine = engine;
    this.tokenizer = tokenizer;
    this.limits = limits;
    this.#asker = new Asker({ engine, tokenizer, model, limits });
  }

  generate(request: CompletionRequest, call: CallOptions = {}): Promise<Completion> {
    return this.#asker.whole(request, call);
  }

  stream(
    request: StreamedCompletionRequest,
    call: CallOptions = {},
  ): AsyncGenerator<CompletionChunk, void, undefined> {
    return this.#asker.chunks(request, call);
  }

  async score(text: string | readonly number[], call: CallOptions = {}): Promise<Score> {
    const asked = { prompt: text, max_tokens: 0, echo: true, logprobs: 0, return_token_ids: true };
    return scoreOf(await this.generate(asked, call));
  }

  tokenize(text: string): number[] {
    const { before, behind } = this.tokenizer.frame;
    return [...before, ...this.tokenizer.encode(text), ...behind];
  }

  detokenize(tokens: readonly number[]): string {
    return this.tokenizer.decode(tokens);
  }

  close(): Promise<void> {
    this.#asker.close();
    this.#closed ??= this.engine.close();
    return this.#closed;
  }
}
