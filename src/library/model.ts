// A model in this process: found or exported as `kvasir serve` does it, computing in a thread of its
// own, and asked in the words of the API. What a server would answer, it answers.

import type {
  Completion,
  CompletionChunk,
  CompletionRequest,
  StreamedCompletionRequest,
} from '../../client/completion-types.ts';
import type { CallOptions } from '../../client/http.ts';
import { load } from './loaded-model.ts';
import type { ModelOptions } from './options.ts';
import { readModelName, readModelOptions } from './settings.ts';

/** How likely a text is. The lists have an entry for each token. */
export interface Score {
  /** The texts of the tokens. */
  readonly tokens: readonly string[];
  readonly tokenIds: readonly number[];
  /** Natural logarithms; null for the first token, which nothing comes before. */
  readonly logprobs: readonly (number | null)[];
  /** Of all of them together. */
  readonly logprob: number;
  /** e to the mean of what each token costs: 1 is certain. NaN where there are less than two tokens. */
  readonly perplexity: number;
}

/** What there is to know of a model that was loaded. */
export interface ModelFacts {
  /** What answers call it. */
  readonly name: string;
  readonly parameterCount: number;
  /** Tokens that prompt and text may have together. */
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly precision: 'fp32' | 'fp16' | 'int8' | 'int4';
  readonly device: 'cpu' | 'cuda';
  /** Texts that can be generated at the same time; more wait for their turn. */
  readonly maxRunning: number;
}

/**
 * A model that was loaded. All of it throws `ServeError`: what a request is refused for, with the code
 * that the server would send, or `engine_stopped` once the model was closed. A signal ends what it was
 * given to, which then throws the signal's reason.
 */
export interface Model {
  readonly facts: ModelFacts;
  /** The whole answer at once. */
  generate(request: CompletionRequest, call?: CallOptions): Promise<Completion>;
  /** The text as it is generated, beginning with the first read. Leaving the loop ends it. */
  stream(
    request: StreamedCompletionRequest,
    call?: CallOptions,
  ): AsyncGenerator<CompletionChunk, void, undefined>;
  /** How likely each token of a text, or of token ids, is after those before it. */
  score(text: string | readonly number[], call?: CallOptions): Promise<Score>;
  tokenize(text: string): number[];
  detokenize(tokens: readonly number[]): string;
  /** Ends what is open, and the thread. What is asked later is refused. Never rejects. */
  close(): Promise<void>;
}

/**
 * `name`: a built-in model, a folder with a checkpoint or an artifact, or a name at the hub. A first use
 * exports the checkpoint into the cache folder, and says on standard error how far it is; that takes
 * some seconds for 124 M parameters, once. Throws `ServeError` (invalid_setting) for a name or an option
 * that cannot be, `HubError`, `CheckpointError` or `ArtifactError` for what is wrong with the model.
 */
export async function loadModel(name = 'storyteller', options: ModelOptions = {}): Promise<Model> {
  return await load(readModelName(name), readModelOptions(options));
}
