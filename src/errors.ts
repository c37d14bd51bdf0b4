// Everything that can go wrong and is not our bug, in one closed table. Our bugs are `invariant`s:
// they name the broken rule and stop the engine.

export type ErrorKind =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'missing'
  | 'wrongMethod'
  | 'tooLarge'
  | 'wrongMedia'
  | 'overloaded'
  | 'unavailable'
  | 'timedOut'
  | 'revoked'
  | 'failed';

export const errorTable = {
  invalid_json: 'invalid',
  invalid_request: 'invalid',
  unknown_field: 'invalid',
  invalid_value: 'invalid',
  unsupported_value: 'invalid',
  duplicate_id: 'invalid',
  context_length_exceeded: 'invalid',
  no_chat_template: 'invalid',
  /** A flag or an environment variable; `param` is its name. */
  invalid_setting: 'invalid',
  /** No key was shown where one is asked for. */
  missing_api_key: 'unauthorized',
  invalid_api_key: 'unauthorized',
  forbidden_origin: 'forbidden',
  forbidden_host: 'forbidden',
  model_not_found: 'missing',
  route_not_found: 'missing',
  /** Nothing of that name is open. */
  request_not_found: 'missing',
  method_not_allowed: 'wrongMethod',
  body_too_large: 'tooLarge',
  unsupported_media_type: 'wrongMedia',
  queue_full: 'overloaded',
  too_many_requests: 'overloaded',
  draining: 'unavailable',
  engine_stopped: 'unavailable',
  /** It has work, and has not got on with it for too long. */
  engine_stalled: 'unavailable',
  queue_timeout: 'unavailable',
  request_timeout: 'timedOut',
  /** By an operator. */
  request_aborted: 'revoked',
  step_failed: 'failed',
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorTable;

export class ServeError extends Error {
  readonly code: ErrorCode;
  /** The offending field, where there is one. */
  readonly param: string | null;

  constructor(code: ErrorCode, message: string, param: string | null = null) {
    super(message);
    this.name = 'ServeError';
    this.code = code;
    this.param = param;
  }

  get kind(): ErrorKind {
    return errorTable[this.code];
  }
}

export class BrokenInvariant extends Error {
  constructor(rule: string) {
    super(`broken invariant: ${rule}`);
    this.name = 'BrokenInvariant';
  }
}

export function invariant(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new BrokenInvariant(rule);
}
