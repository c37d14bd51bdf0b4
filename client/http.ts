// One request over HTTP: sent, and its answer taken, whole or as bytes that are still to come. What
// goes wrong is a KvasirError, unless the caller's signal ended it.

import { errorWithin, KvasirError, serverError } from './errors.ts';

export interface HttpOptions {
  /** Without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
}

export interface CallOptions {
  /** Ends the request, here and at the server; what waits for it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** `body`: posted as JSON; without one it is a GET. */
export async function ask<T>(
  options: HttpOptions,
  path: string,
  body: object | null,
  call: CallOptions = {},
): Promise<T> {
  const response = await send(options, path, body, call);
  const text = await wholeText(response, call);
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new KvasirError('unexpected_answer', `${path} did not answer with JSON`, { cause });
  }
}

/** Resolves once the server has accepted the request, and throws what it was refused for. */
export async function send(
  { url, headers, fetch }: HttpOptions,
  path: string,
  body: object | null,
  { signal }: CallOptions,
): Promise<Response> {
  const posted = body !== null && {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  let response: Response;
  try {
    response = await fetch(url + path, { headers, ...posted, signal: signal ?? null });
  } catch (cause) {
    signal?.throwIfAborted();
    const why = reasonOf(cause);
    throw new KvasirError('connection_failed', `cannot reach ${url}: ${why}`, { cause });
  }
  if (response.ok) return response;
  throw await refusal(response, path, { signal });
}

async function refusal(response: Response, path: string, call: CallOptions): Promise<KvasirError> {
  const text = await wholeText(response, call);
  const { status } = response;
  const seconds = Number.parseFloat(response.headers.get('retry-after') ?? '');
  const facts = {
    status,
    retryAfter: Number.isNaN(seconds) ? null : seconds,
    requestId: response.headers.get('x-request-id'),
  };
  const error = errorWithin(parsed(text));
  if (error !== null) return serverError(error, facts);
  const message = `${path} answered ${status}, and not as Kvasir does: ${text.slice(0, 200)}`;
  return new KvasirError('unexpected_answer', message, facts);
}

async function wholeText(response: Response, { signal }: CallOptions): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    throw broken(cause, signal);
  }
}

/** What to throw where an answer could not be read to its end. */
export function broken(cause: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const message = `the answer broke off: ${reasonOf(cause)}`;
  return new KvasirError('connection_lost', message, { cause });
}

/** Node's fetch only says that it failed, and why in the cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  const deeper = cause instanceof Error ? cause.message || (cause as { code?: string }).code : '';
  return deeper || message || String(error);
}

/** Null where it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
