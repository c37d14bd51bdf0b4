// What can go wrong between here and a hub. The message is shown to people as it is.

export type HubProblem =
  | 'unreachable'
  /** It wants to know who asks, or does not let this one in. */
  | 'refused'
  | 'missing'
  /** The model is there, and none that could be served. */
  | 'unsupported'
  /** What the hub says contradicts itself, or is beyond all limits. */
  | 'misbehaved'
  /** What came is not what was promised, to the last bit. */
  | 'corrupt'
  | 'no_room';

export class HubError extends Error {
  override readonly name = 'HubError';
  readonly problem: HubProblem;

  constructor(problem: HubProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

/** What may pass by itself, and is therefore tried again. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  /** As the server asks for; null where it does not. */
  readonly retryAfterMs: number | null;
  /** The connection could not be made at all, and hardly will be a moment later. */
  readonly isUnreachable: boolean;

  constructor(
    message: string,
    { retryAfterMs = null, isUnreachable = false }: Partial<Interruption> = {},
  ) {
    super(message);
    this.retryAfterMs = retryAfterMs;
    this.isUnreachable = isUnreachable;
  }
}
