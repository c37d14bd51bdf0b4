// Body in, request out: the one place where a completion is checked against the model. Past here
// nothing is missing and nothing can be refused any more, but for want of room.

import { ServeError } from '../../errors.ts';
import { freeDraw } from '../../sampling/parameters.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { Seed } from '../surroundings.ts';
import type { FieldValues } from './field.ts';
import { fields, streamOptionFields } from './fields.ts';
import { encodePrompts, splitPrompts } from './prompts.ts';
import { readFields } from './read-fields.ts';
import type { CompletionRequest, Delivery, Prompt } from './request.ts';
import { checkModelName, type ServedModel } from './served-model.ts';

type Body = FieldValues<typeof fields>;

/** OpenAI's default, where the context has that much room. */
const usualMaxTokens = 16;
/** Below this a temperature is as good as 0, and its inverse would only lose precision. */
const leastTemperature = 1e-5;

export interface Admission {
  readonly model: ServedModel;
  readonly tokenizer: Tokenizer;
  /** Sequences that may be open at once, of all requests together. */
  readonly maxSequences: number;
  readonly openCount: () => number;
  readonly freshSeed: () => Seed;
}

export async function admit(
  given: unknown,
  admission: Admission,
): Promise<{ readonly request: CompletionRequest; readonly delivery: Delivery }> {
  const { model, tokenizer, freshSeed } = admission;
  const body = readFields(fields, given);
  checkModelName(body.model ?? model.name, model.name);
  const delivery = readDelivery(body);
  const sampleCount = body.n ?? 1;
  const asked = splitPrompts(body.prompt ?? '');
  checkRoom(asked.length, sampleCount, admission);
  const prompts = await encodePrompts(asked, model, tokenizer);
  const request: CompletionRequest = {
    prompts: prompts.map((ids) => withRoom(ids, body.max_tokens, model.contextLength)),
    sampleCount,
    stopIds: body.ignore_eos === true ? [] : [model.eosTokenId],
    stopStrings: typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []),
    sampling: readSampling(body, model.vocabularySize, freshSeed),
  };
  return { request, delivery };
}

function readDelivery(body: Body): Delivery {
  const stream = body.stream ?? false;
  if (body.stream_options === undefined) return { stream, usage: 'never' };
  if (!stream) {
    throw new ServeError(
      'invalid_value',
      'stream_options is only for streams: send it with "stream": true, or leave it out',
      'stream_options',
    );
  }
  const options = readFields(streamOptionFields, body.stream_options, 'stream_options.');
  if (options.include_usage !== true) return { stream, usage: 'never' };
  return { stream, usage: options.continuous_usage_stats === true ? 'every' : 'last' };
}

/** Before any prompt is encoded: a busy server turns requests away while they are cheap. */
function checkRoom(promptCount: number, sampleCount: number, admission: Admission): void {
  const { maxSequences, openCount } = admission;
  const sequenceCount = promptCount * sampleCount;
  if (sequenceCount > maxSequences) {
    throw new ServeError(
      'invalid_value',
      `${promptCount} prompts with n ${sampleCount} are ${sequenceCount} texts, ` +
        `and at most ${maxSequences} can be asked for at once`,
      sampleCount > maxSequences ? 'n' : 'prompt',
    );
  }
  if (openCount() + sequenceCount > maxSequences) {
    throw new ServeError(
      'queue_full',
      `the server is busy: ${openCount()} texts are under way or wait, and ${maxSequences} may; ` +
        'try again later',
    );
  }
}

function withRoom(ids: Int32Array, asked: number | undefined, contextLength: number): Prompt {
  const room = contextLength - ids.length;
  const maxTokens = asked ?? Math.min(usualMaxTokens, room);
  if (maxTokens <= room) return { ids, maxTokens };
  throw new ServeError(
    'context_length_exceeded',
    `this model's maximum context length is ${contextLength} tokens, but ` +
      `${ids.length + maxTokens} were asked for: ${ids.length} in the prompt and ` +
      `${maxTokens} by max_tokens, which may be at most ${room} here`,
    'max_tokens',
  );
}

function readSampling(
  body: Body,
  vocabularySize: number,
  freshSeed: () => Seed,
): CompletionRequest['sampling'] {
  const temperature = body.temperature ?? 1;
  const greedy = temperature < leastTemperature;
  const topK = body.top_k ?? 0;
  const seed = body.seed === undefined ? freshSeed() : seedOf(body.seed);
  return {
    ...freeDraw,
    greedy,
    inverseTemperature: greedy ? 1 : 1 / temperature,
    topK: topK < 1 || topK >= vocabularySize ? 0 : topK,
    topP: body.top_p ?? 1,
    seedLow: seed.low,
    seedHigh: seed.high,
  };
}

/** Two's complement, so that negative seeds are as good as others. */
function seedOf(seed: number): Seed {
  const bits = BigInt.asUintN(64, BigInt(seed));
  return { low: Number(bits & 0xffff_ffffn), high: Number(bits >> 32n) };
}
