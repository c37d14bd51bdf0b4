// The part of admission that completions and chats have in common: from prompts and the fields they
// share to a request that lacks nothing.

import { noFrame } from '../../tokenizer/contract.ts';
import { StopStrings } from '../../tokenizer/stop.ts';
import type { Admission } from './admission.ts';
import type { answerFields } from './answer-fields.ts';
import type { FieldValues } from './field.ts';
import { encodePrompts, type OnePrompt, type PromptLimits } from './prompts.ts';
import type { CompletionRequest, Details, Ending } from './request.ts';
import { checkRoom, type Length, maxTokensFor } from './room.ts';
import { readSampling } from './sampling.ts';
import type { samplingFields } from './sampling-fields.ts';

type Body = FieldValues<typeof samplingFields> & FieldValues<typeof answerFields>;

export interface Task {
  /** Begins the id of the answer. */
  readonly idPrefix: string;
  readonly prompts: readonly OnePrompt[];
  readonly promptField: PromptLimits['field'];
  readonly cut: PromptLimits['cut'];
  readonly length: Omit<Length, 'minTokens'>;
  readonly sampleCount: number;
  readonly returnedCount: number;
  /** Besides those that the client names. */
  readonly stopStrings: readonly string[];
  readonly details: Details;
}

export async function buildRequest(
  body: Body,
  task: Task,
  admission: Admission,
): Promise<CompletionRequest> {
  const { model, tokenizer, freshSeed } = admission;
  const { sampleCount, returnedCount, details } = task;
  const sampleField = sampleCount > returnedCount ? 'best_of' : 'n';
  checkRoom(task.prompts.length, sampleCount, sampleField, admission);
  const sampling = readSampling(body, model, tokenizer, freshSeed);
  const length = { ...task.length, minTokens: body.min_tokens ?? 0 };
  // At least one token must have room, unless none is to be generated.
  const longest = model.contextLength - (length.maxTokens === 0 ? 0 : 1);
  // A chat's template has what it wants around its messages.
  const isFramed = body.add_special_tokens ?? task.promptField === 'prompt';
  const frame = isFramed ? tokenizer.frame : noFrame;
  const limits = { field: task.promptField, longest, cut: task.cut, frame };
  const prompts = await encodePrompts(task.prompts, limits, model, tokenizer);
  return {
    completionId: body.request_id === undefined ? null : `${task.idPrefix}-${body.request_id}`,
    prompts: prompts.map(({ ids, framed }) => {
      return { ids, framed, maxTokens: maxTokensFor(ids.length, length, model.contextLength) };
    }),
    sampleCount,
    returnedCount,
    ending: readEnding(body, task.stopStrings, model.eosTokenIds),
    sampling,
    details,
    cacheSalt: body.cache_salt ?? '',
    priority: body.priority ?? 0,
  };
}

function readEnding(body: Body, stops: readonly string[], eosTokenIds: readonly number[]): Ending {
  const asked = typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []);
  const endsAtEos = body.ignore_eos !== true;
  const stopIds = body.stop_token_ids ?? [];
  return {
    stopIds: [...new Set(endsAtEos ? [...eosTokenIds, ...stopIds] : stopIds)],
    stopStrings: new StopStrings([...stops, ...asked]),
    minTokens: body.min_tokens ?? 0,
    keepsStop: body.include_stop_str_in_output ?? false,
    endsAtEos,
    showsSpecial: body.skip_special_tokens === false,
  };
}
