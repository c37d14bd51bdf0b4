// The one line that the log has of a completion request. What was asked is only in it where the
// operator wants that.

import { ServeError } from '../errors.ts';
import type { Caller } from './caller.ts';
import { isObject } from './completion/read-fields.ts';
import { jointTimes, phaseTimes } from './phase-times.ts';
import type { Work } from './request-record.ts';

export interface LoggedRequest {
  readonly caller: Caller;
  /** ok, aborted, or the code of an error. */
  readonly outcome: string;
  readonly error: unknown;
  readonly arrivedMs: number;
  readonly totalMs: number;
  /** Null where it was refused. */
  readonly work: Work | null;
  /** To show the prompt of; null: not to. */
  readonly shownBody: unknown;
}

export function logRequest(request: LoggedRequest): void {
  const { caller, outcome, error, totalMs, shownBody } = request;
  const line = {
    route: caller.route,
    status: caller.status(error),
    outcome,
    ...workDone(request),
    totalMs: rounded(totalMs),
    ...(shownBody === null ? {} : { prompt: promptOf(shownBody) }),
  };
  if (isOurFault(error)) caller.log.error(line, 'completion');
  else caller.log.info(line, 'completion');
}

function workDone({ work, arrivedMs, totalMs }: LoggedRequest): object {
  if (work === null) return {};
  const { completion, finishReasons, streams } = work;
  const { promptTokens, completionTokens } = completion.usage;
  const times = phaseTimes(jointTimes(streams), arrivedMs, totalMs);
  return {
    completionId: completion.origin.id,
    finishReasons,
    promptTokens,
    completionTokens,
    queueMs: rounded(times.queueMs),
    prefillMs: rounded(times.prefillMs),
    decodeMs: rounded(times.decodeMs),
  };
}

function isOurFault(error: unknown): boolean {
  if (error === null) return false;
  return !(error instanceof ServeError) || error.kind === 'failed';
}

/** As it was asked: a text, ids, or the messages of a chat. */
function promptOf(body: unknown): unknown {
  return isObject(body) ? (body['prompt'] ?? body['messages']) : undefined;
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 100) / 100;
}
