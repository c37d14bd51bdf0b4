// Body in, request out: the one place where a completion is checked against the model. Past here
// nothing is missing and nothing can be refused any more, but for want of room.

import { ServeError } from '../../errors.ts';
import type { Admission, Admitted } from './admission.ts';
import { buildRequest, type Task } from './build-request.ts';
import { readDelivery } from './delivery.ts';
import type { FieldValues } from './field.ts';
import { fields } from './fields.ts';
import { type PromptLimits, splitPrompts } from './prompts.ts';
import { readFields } from './read-fields.ts';
import type { Delivery, Details } from './request.ts';
import { checkModelName } from './served-model.ts';

type Body = FieldValues<typeof fields>;

export async function admit(given: unknown, admission: Admission): Promise<Admitted> {
  const { model, usualMaxTokens } = admission;
  const body = readFields(fields, given);
  checkModelName(body.model ?? model.name, model.name);
  const delivery = readDelivery(body);
  const returnedCount = body.n ?? 1;
  const sampleCount = body.best_of ?? returnedCount;
  checkTogether(body, delivery, returnedCount, sampleCount);
  const task: Task = {
    idPrefix: 'cmpl',
    prompts: splitPrompts(body.prompt ?? ''),
    promptField: 'prompt',
    cut: readCut(body, admission),
    length: { maxTokens: body.max_tokens, usualMaxTokens, field: 'max_tokens' },
    sampleCount,
    returnedCount,
    stopStrings: [],
    details: readDetails(body, model.candidateCount),
  };
  return { request: await buildRequest(body, task, admission), delivery };
}

function checkTogether(body: Body, { stream }: Delivery, n: number, bestOf: number): void {
  if (bestOf < n) throw refused('best_of', `best_of must be at least n, which is ${n}`, bestOf);
  if (stream && bestOf > n) {
    throw refused('best_of', 'best_of must be n or left out where the answer is a stream', bestOf);
  }
  if (stream && body.prompt_logprobs !== undefined) {
    const why = 'prompt_logprobs must be left out where the answer is a stream (echo may be there)';
    throw refused('prompt_logprobs', why, body.prompt_logprobs);
  }
  if (body.max_tokens !== 0) return;
  if (body.echo !== true) {
    throw refused('max_tokens', 'max_tokens must be at least 1, unless there is an echo', 0);
  }
  if (bestOf > 1) {
    const field = n > 1 ? 'n' : 'best_of';
    throw refused(field, `${field} must be 1 where nothing is generated (max_tokens 0)`, bestOf);
  }
}

function refused(field: string, why: string, got: number): ServeError {
  return new ServeError('invalid_value', `${why}, got ${got}`, field);
}

function readCut(body: Body, { model, usualMaxTokens }: Admission): PromptLimits['cut'] {
  const count = body.truncate_prompt_tokens;
  if (count === undefined) return null;
  const room = Math.max(1, model.contextLength - (body.max_tokens ?? usualMaxTokens));
  return { count: count === -1 ? room : count, side: body.truncation_side ?? 'left' };
}

function readDetails(body: Body, candidateCount: number): Details {
  const within = (asked: number | undefined) =>
    asked === undefined ? null : Math.min(asked, candidateCount);
  return {
    echo: body.echo ?? false,
    logprobCount: within(body.logprobs),
    promptLogprobCount: within(body.prompt_logprobs),
    tokenIds: body.return_token_ids ?? false,
    namesAreIds: body.return_tokens_as_token_ids ?? false,
  };
}
