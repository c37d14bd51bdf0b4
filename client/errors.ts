// Everything that can go wrong with a request, as one kind of error, whichever way it came: as an
// answer, in the middle of a stream, or as a frame on a socket. What the caller's own AbortSignal ends
// is thrown as that signal's reason instead.

/** The codes of the server, each with the HTTP status that it stands for. */
export const statuses = {
  invalid_json: 400,
  invalid_request: 400,
  unknown_field: 400,
  invalid_value: 400,
  unsupported_value: 400,
  duplicate_id: 400,
  context_length_exceeded: 400,
  no_chat_template: 400,
  missing_api_key: 401,
  invalid_api_key: 401,
  forbidden_origin: 403,
  forbidden_host: 403,
  model_not_found: 404,
  route_not_found: 404,
  request_not_found: 404,
  method_not_allowed: 405,
  request_aborted: 410,
  body_too_large: 413,
  unsupported_media_type: 415,
  queue_full: 429,
  too_many_requests: 429,
  step_failed: 500,
  internal_error: 500,
  draining: 503,
  engine_stopped: 503,
  engine_stalled: 503,
  queue_timeout: 503,
  request_timeout: 504,
} as const;

export type ServerErrorCode = keyof typeof statuses;

/**
 * `connection_failed`: the server could not be reached. `connection_lost`: it was, and the answer broke
 * off. `connection_closed`: the caller closed the connection. `unexpected_answer`: whoever answered, it
 * was not Kvasir.
 */
export type ClientErrorCode =
  | 'connection_failed'
  | 'connection_lost'
  | 'connection_closed'
  | 'unexpected_answer';

export type KvasirErrorCode = ServerErrorCode | ClientErrorCode;

/** As servers put it; one that is newer may have codes that are not known here. */
export interface WireError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
}

export interface KvasirErrorFacts {
  readonly status?: number | null;
  readonly type?: string;
  readonly param?: string | null;
  readonly retryAfter?: number | null;
  readonly requestId?: string | null;
  readonly cause?: unknown;
}

export class KvasirError extends Error {
  override readonly name = 'KvasirError';
  /** What is wrong, for a program. */
  readonly code: KvasirErrorCode;
  /** The HTTP status, also of an error that came otherwise; null where the server did not say any. */
  readonly status: number | null;
  /** OpenAI's kind of error, like `invalid_request_error`. */
  readonly type: string;
  /** The field that is to blame, if one is. */
  readonly param: string | null;
  /** Seconds after which it is worth trying again; null where the server did not say so. */
  readonly retryAfter: number | null;
  /** The `X-Request-Id` of the answer, by which the server's log knows it; null on sockets. */
  readonly requestId: string | null;

  constructor(code: KvasirErrorCode, message: string, facts: KvasirErrorFacts = {}) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.code = code;
    this.status = facts.status ?? null;
    this.type = facts.type ?? 'connection_error';
    this.param = facts.param ?? null;
    this.retryAfter = facts.retryAfter ?? null;
    this.requestId = facts.requestId ?? null;
  }
}

/** `answer`: what is known of the HTTP answer, where it was one. */
export function serverError(
  error: WireError,
  answer: Pick<KvasirErrorFacts, 'status' | 'retryAfter' | 'requestId'> = {},
): KvasirError {
  const { message, type, param, code } = error;
  const known = Object.hasOwn(statuses, code) ? statuses[code as ServerErrorCode] : null;
  return new KvasirError(code as KvasirErrorCode, message, {
    status: known,
    ...answer,
    type,
    param,
  });
}

/** The error that an object of the server tells of, or null. */
export function errorWithin(content: unknown): WireError | null {
  if (!isObject(content) || !isObject(content['error'])) return null;
  const { message, type, param, code } = content['error'];
  return {
    message: typeof message === 'string' ? message : 'the server failed without a word',
    type: typeof type === 'string' ? type : 'server_error',
    param: typeof param === 'string' ? param : null,
    code: typeof code === 'string' ? code : 'internal_error',
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
