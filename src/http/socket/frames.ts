// The socket at /v1/completions, whole. Every frame is a text message with one JSON object, and every
// object has a `type`. Many completions run on one socket at once, told apart by an `id` that the
// client chooses: 1 to 128 characters, free again once its completion has ended.
//
// The client sends
//   {"type":"completion.create","id":"a", ...}     the fields of POST /v1/completions; `stream` is
//                                                   implied, and the counts come with the last frame
//   {"type":"completion.cancel","id":"a"}          ends it; ignored where it has ended already
// and gets, for each create, any number of
//   {"type":"completion.chunk","id":"a", ...}      a chunk as in the event stream, with this id
// and then exactly one of
//   {"type":"completion.done","id":"a","usage":{...}}
//   {"type":"completion.done","id":"a","finish_reason":"abort","usage":{...}}     it was cancelled
//   {"type":"error","id":"a","error":{...}}
// An error with the code duplicate_id answers a create whose id is taken, and one with the param `type`
// a frame of no known type; the completion that has the id goes on. A frame that cannot be read, or has
// no valid id, is answered by an error whose id is null.

import { ServeError } from '../../errors.ts';
import type { Completion } from '../completion/completion.ts';
import { isObject } from '../completion/read-fields.ts';
import type { Usage } from '../completion/request.ts';
import { parseJson } from '../json-body.ts';
import { type WireChoice, type WireUsage, wireCompletion, wireUsage } from '../wire.ts';
import { type WireError, wireError } from '../wire-errors.ts';

export type ClientFrame =
  | { readonly type: 'completion.create'; readonly id: string; readonly fields: object }
  | { readonly type: 'completion.cancel'; readonly id: string };

export type ServerFrame =
  | {
      readonly type: 'completion.chunk';
      readonly id: string;
      readonly object: 'text_completion';
      readonly created: number;
      readonly model: string;
      readonly choices: readonly WireChoice[];
    }
  | {
      readonly type: 'completion.done';
      readonly id: string;
      readonly finish_reason?: 'abort';
      readonly usage: WireUsage;
    }
  | { readonly type: 'error'; readonly id: string | null; readonly error: WireError['error'] };

/** What is to be answered at once. */
export interface UnreadableFrame {
  readonly type: 'unreadable';
  readonly id: string | null;
  readonly error: ServeError;
}

const longestId = 128;

export function readFrame(text: string): ClientFrame | UnreadableFrame {
  let id: string | null = null;
  try {
    const frame = parseJson(text, 'frame');
    if (!isObject(frame)) throw new ServeError('invalid_request', 'a frame must be a JSON object');
    if (isId(frame['id'])) id = frame['id'];
    return checkFrame(frame);
  } catch (error) {
    if (!(error instanceof ServeError)) throw error;
    return { type: 'unreadable', id, error };
  }
}

function checkFrame({ type, id, ...fields }: Record<string, unknown>): ClientFrame {
  if (type !== 'completion.create' && type !== 'completion.cancel') {
    throw new ServeError(
      'invalid_value',
      'type must be "completion.create" or "completion.cancel"',
      'type',
    );
  }
  if (!isId(id)) {
    throw new ServeError(
      'invalid_value',
      `id must be a string of 1 to ${longestId} characters`,
      'id',
    );
  }
  return type === 'completion.create' ? { type, id, fields } : { type, id };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestId;
}

export function chunkFrame(
  id: string,
  completion: Completion,
  model: string,
  choice: WireChoice,
): ServerFrame {
  return { type: 'completion.chunk', ...wireCompletion(completion, model, [choice]), id };
}

export function doneFrame(id: string, usage: Usage, isAborted: boolean): ServerFrame {
  const counts = { usage: wireUsage(usage) };
  return isAborted
    ? { type: 'completion.done', id, finish_reason: 'abort', ...counts }
    : { type: 'completion.done', id, ...counts };
}

export function errorFrame(id: string | null, error: unknown): ServerFrame {
  return { type: 'error', id, ...wireError(error) };
}
