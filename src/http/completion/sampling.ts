// How a request wants its tokens chosen: from the words of the wire to the sampler's parameters. Ids
// that the model does not have are refused here.

import { ServeError } from '../../errors.ts';
import { freeDraw, type ScoreAdjustments } from '../../sampling/parameters.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { Seed } from '../surroundings.ts';
import { bannedSequences } from './bad-words.ts';
import type { FieldValues } from './field.ts';
import type { CompletionRequest } from './request.ts';
import type { samplingFields } from './sampling-fields.ts';
import type { ServedModel } from './served-model.ts';

type Body = FieldValues<typeof samplingFields>;

/** Below this a temperature is as good as 0, and its inverse would only lose precision. */
const leastTemperature = 1e-5;

export function readSampling(
  body: Body,
  model: ServedModel,
  tokenizer: Tokenizer,
  freshSeed: () => Seed,
): CompletionRequest['sampling'] {
  const temperature = body.temperature ?? 1;
  const greedy = temperature < leastTemperature;
  const topK = body.top_k ?? 0;
  const seed = body.seed === undefined ? freshSeed() : seedOf(body.seed);
  return {
    ...freeDraw,
    greedy,
    adjustments: readAdjustments(body, model, tokenizer),
    inverseTemperature: greedy ? 1 : 1 / temperature,
    topK: topK < 1 || topK >= model.vocabularySize ? 0 : topK,
    topP: body.top_p ?? 1,
    topPCrossing: body.top_p_mode === 'gpt2' ? 'dropped' : 'kept',
    typicalP: body.typical_p ?? 1,
    minP: body.min_p ?? 0,
    seedLow: seed.low,
    seedHigh: seed.high,
  };
}

/** Two's complement, so that negative seeds are as good as others. */
function seedOf(seed: number): Seed {
  const bits = BigInt.asUintN(64, BigInt(seed));
  return { low: Number(bits & 0xffff_ffffn), high: Number(bits >> 32n) };
}

/** Null where nothing is adjusted, which is much the cheapest. */
function readAdjustments(
  body: Body,
  model: ServedModel,
  tokenizer: Tokenizer,
): ScoreAdjustments | null {
  const biased = Object.entries(body.logit_bias ?? {});
  const biasIds = checkIds(
    biased.map(([id]) => Number(id)),
    'logit_bias',
    model,
  );
  const stopIds = checkIds(body.stop_token_ids ?? [], 'stop_token_ids', model);
  const minTokens = body.min_tokens ?? 0;
  const allowed = body.allowed_token_ids;
  const adjustments: ScoreAdjustments = {
    repetitionPenalty: body.repetition_penalty ?? 1,
    presencePenalty: body.presence_penalty ?? 0,
    frequencyPenalty: body.frequency_penalty ?? 0,
    biasIds,
    biases: Float32Array.from(biased, ([, bias]) => bias),
    allowedIds:
      allowed === undefined ? null : checkIds([...new Set(allowed)], 'allowed_token_ids', model),
    bannedSequences: bannedSequences(body.bad_words ?? [], tokenizer),
    minTokens,
    // As in vLLM: end-of-text cannot be generated sooner even where it would not end the text.
    idsAfterMinimum: minTokens === 0 ? new Int32Array(0) : union(model.eosTokenIds, stopIds),
  };
  if (leavesNothing(adjustments)) {
    throw new ServeError(
      'invalid_value',
      'allowed_token_ids must have a token that bad_words and min_tokens leave over',
      'allowed_token_ids',
    );
  }
  return adjustsAnything(adjustments) ? adjustments : null;
}

/** No first token could be chosen. */
function leavesNothing(adjustments: ScoreAdjustments): boolean {
  const { allowedIds, bannedSequences, idsAfterMinimum } = adjustments;
  if (allowedIds === null) return false;
  const bannedIds = bannedSequences.flatMap((ids) => (ids.length === 1 ? [...ids] : []));
  const excluded = new Set([...bannedIds, ...idsAfterMinimum]);
  return allowedIds.every((id) => excluded.has(id));
}

function adjustsAnything(adjustments: ScoreAdjustments): boolean {
  return (
    adjustments.repetitionPenalty !== 1 ||
    adjustments.presencePenalty !== 0 ||
    adjustments.frequencyPenalty !== 0 ||
    adjustments.biasIds.length > 0 ||
    adjustments.allowedIds !== null ||
    adjustments.bannedSequences.length > 0 ||
    adjustments.minTokens > 0
  );
}

function union(ids: readonly number[], others: Int32Array): Int32Array {
  return Int32Array.from(new Set([...ids, ...others]));
}

/** Throws `ServeError`: invalid_value. */
function checkIds(ids: readonly number[], field: string, model: ServedModel): Int32Array {
  const stranger = ids.find((id) => id < 0 || id >= model.vocabularySize);
  if (stranger === undefined) return Int32Array.from(ids);
  throw new ServeError(
    'invalid_value',
    `${field} has the token id ${stranger}; this model has 0 to ${model.vocabularySize - 1}`,
    field,
  );
}
