// What each code of the closed table means to the one who gets it, and the answers that carry it.
// Status and type come from where real errors get theirs.

import { type ErrorCode, ServeError } from '../../errors.ts';
import { errorHeaders, statusOf, wireError } from '../wire-errors.ts';
import type { Header, Response, Schema } from './specification.ts';

/** Settings are refused on the command line alone; `internal_error` is what we call our bugs. */
export type WireCode = Exclude<ErrorCode, 'invalid_setting'> | 'internal_error';

export const meanings: Readonly<Record<WireCode, string>> = {
  invalid_json: 'the body is not JSON',
  invalid_request: 'the body is JSON but no object, or the request itself cannot be read',
  unknown_field: 'the body has a field that is not known here; the nearest known one is named',
  invalid_value: 'a field has a value that it cannot have, or is required and missing',
  unsupported_value: 'a field is known but not supported with this value',
  duplicate_id: 'on a socket: the id belongs to a completion that is still open',
  context_length_exceeded: 'prompt and completion together are longer than the context',
  no_chat_template: 'the server was started without `--chat-template`, and has no chats',
  missing_api_key: 'the server asks for a key, and none was shown',
  invalid_api_key: 'the key that was shown is not one of this server',
  forbidden_origin: 'a page of a site that is not allowed asked',
  forbidden_host: 'the server was asked under a name that is not its own',
  model_not_found: 'there is no model of this name',
  route_not_found: 'there is nothing at this path',
  request_not_found: 'no request of this name is open',
  method_not_allowed: 'the path takes other methods; they are in the header `Allow`',
  body_too_large: 'the body is larger than the server takes',
  unsupported_media_type: 'the body is not declared as `application/json`',
  queue_full: 'too many texts wait for their turn',
  too_many_requests: 'too many requests are open, or too many completions on one socket',
  draining: 'the server is stopping and takes no new work',
  engine_stopped: 'the engine stopped; the server must be started anew',
  engine_stalled: 'the engine has work and does not get on with it',
  queue_timeout: 'the request did not have its turn in the time that it may wait',
  request_timeout: 'the request took longer than it may',
  request_aborted: 'an operator ended the request',
  step_failed: 'the model failed to compute, which ended the request',
  internal_error: 'a fault of the server',
};

/** What whoever gets it can do about it. */
export const remedies: Readonly<Record<WireCode, string>> = {
  invalid_json: 'send JSON; the message says where it breaks off',
  invalid_request: 'send a JSON object as the body of an HTTP request',
  unknown_field: 'correct the name, or leave the field out; `/docs` lists them all',
  invalid_value: 'send what the message says the field accepts',
  unsupported_value: 'leave the field out, or send the value that the message names',
  duplicate_id: 'choose another id, or wait until that completion has ended',
  context_length_exceeded: 'shorten the prompt or `max_tokens`, or set `truncate_prompt_tokens`',
  no_chat_template: 'use `/v1/completions`, or start the server with a template',
  missing_api_key: 'show a key: `Authorization: Bearer KEY`, or `X-Api-Key: KEY`',
  invalid_api_key: 'ask the operator for a key; operators have keys of their own',
  forbidden_origin: 'start the server with `--allowed-origins`, naming the site',
  forbidden_host: 'start the server with `--allowed-hosts`, naming the name',
  model_not_found: 'leave `model` out, or use the name that `/v1/models` tells',
  route_not_found: 'correct the path; `/docs` lists them all',
  request_not_found: 'nothing: it has ended, or never came',
  method_not_allowed: 'use a method of the header `Allow`',
  body_too_large: 'send less at once, or start the server with a larger `--max-body`',
  unsupported_media_type: 'send the header `Content-Type: application/json`',
  queue_full: 'try again after `Retry-After`; add servers, or raise `--max-queue`',
  too_many_requests: 'try again after `Retry-After`, with fewer requests at a time',
  draining: 'ask another server, or try again after `Retry-After`',
  engine_stopped: 'start the server anew; its log says what stopped the engine',
  engine_stalled: 'try again; where it stays so, look at the machine and restart the server',
  queue_timeout: 'try again when there is less load, or raise `--queue-timeout`',
  request_timeout: 'ask for fewer tokens, or raise `--request-timeout`; trying again ends the same',
  request_aborted: 'ask the operator why',
  step_failed: 'try again; the log of the server has the cause',
  internal_error: 'report it, with the line of the log that has this `X-Request-Id`',
};

export const wireCodes = Object.keys(meanings) as readonly WireCode[];

export function statusOfCode(code: WireCode): number {
  return statusOf(sample(code));
}

/** The shape of an error that can have these codes. */
export function errorSchema(codes: readonly WireCode[]): Schema {
  const types = new Set(codes.map((code) => wireError(sample(code)).error.type));
  return {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['message', 'type', 'param', 'code'],
        properties: {
          message: { type: 'string', description: 'what is wrong, for a person' },
          type: { enum: [...types], description: "OpenAI's kind of error" },
          param: { type: ['string', 'null'], description: 'the field that is to blame, if one is' },
          code: { enum: codes, description: 'what is wrong, for a program' },
        },
      },
    },
  };
}

/** An answer for each status that these codes come with. */
export function errorAnswers(codes: readonly WireCode[]): Record<string, Response> {
  const statuses = [...new Set(codes.map(statusOfCode))];
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      errorAnswer(codes.filter((code) => statusOfCode(code) === status)),
    ]),
  );
}

function errorAnswer(codes: readonly WireCode[]): Response {
  const names = Object.keys(errorHeaders(sample(codes[0]!)));
  return {
    description: codes.map((code) => `\`${code}\`: ${meanings[code]}`).join('\n\n'),
    headers: Object.fromEntries(names.map((name) => [name, headers[name]!])),
    content: { 'application/json': { schema: errorSchema(codes) } },
  };
}

const text: Schema = { type: 'string' };
const headers: Readonly<Record<string, Header>> = {
  'retry-after': { description: 'seconds after which it is worth trying again', schema: text },
  'www-authenticate': { description: 'that a bearer key is asked for', schema: text },
  'x-should-retry': { description: '`false`: the same would happen again', schema: text },
};

function sample(code: WireCode): Error {
  return code === 'internal_error' ? new Error() : new ServeError(code, '');
}
