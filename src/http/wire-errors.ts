// What a failure looks like outside: its HTTP status, and the body that OpenAI clients expect. A
// ServeError says all there is to say; anything else is our bug and is not described to clients.

import { type ErrorKind, ServeError } from '../errors.ts';

export interface WireError {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
}

const kinds: Record<ErrorKind, { readonly status: number; readonly type: string }> = {
  invalid: { status: 400, type: 'invalid_request_error' },
  unauthorized: { status: 401, type: 'invalid_request_error' },
  forbidden: { status: 403, type: 'permission_error' },
  missing: { status: 404, type: 'invalid_request_error' },
  wrongMethod: { status: 405, type: 'invalid_request_error' },
  tooLarge: { status: 413, type: 'invalid_request_error' },
  wrongMedia: { status: 415, type: 'invalid_request_error' },
  overloaded: { status: 429, type: 'rate_limit_error' },
  unavailable: { status: 503, type: 'server_error' },
  timedOut: { status: 504, type: 'server_error' },
  revoked: { status: 410, type: 'server_error' },
  failed: { status: 500, type: 'server_error' },
};

/** Seconds; a step takes milliseconds, so there is room again soon. */
const retryAfter = '1';

export function statusOf(error: unknown): number {
  return error instanceof ServeError ? kinds[error.kind].status : 500;
}

export function wireError(error: unknown): WireError {
  if (!(error instanceof ServeError)) {
    const message = 'the server failed to answer this request';
    return { error: { message, type: 'server_error', param: null, code: 'internal_error' } };
  }
  const { message, param, code, kind } = error;
  return { error: { message, type: kinds[kind].type, param, code } };
}

/** Headers that go with an error: when it is worth trying again, and what would be let in. */
export function errorHeaders(error: unknown): Record<string, string> {
  if (!(error instanceof ServeError)) return {};
  switch (error.kind) {
    case 'overloaded':
    case 'unavailable':
      return { 'retry-after': retryAfter };
    // OpenAI's clients would try again, to the same end.
    case 'timedOut':
      return { 'x-should-retry': 'false' };
    case 'unauthorized': {
      const isWrong = error.code === 'invalid_api_key';
      return {
        'www-authenticate': `Bearer realm="kvasir"${isWrong ? ', error="invalid_token"' : ''}`,
      };
    }
    default:
      return {};
  }
}
