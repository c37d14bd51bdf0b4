// What a status of the hub comes to: something that may pass, or a sentence that says what to do.

import { nearest } from '../nearest.ts';
import { HubError, Interruption } from './errors.ts';
import { type ModelName, publishedNames, repoOf } from './model-name.ts';
import { retryAfter } from './persist.ts';
import type { Reply } from './transport.ts';

export interface Asked {
  readonly endpoint: URL;
  readonly name: ModelName;
  readonly hasToken: boolean;
}

const passing = [408, 425, 429, 500, 502, 503, 504];

/** The error for a reply that is none of those that were hoped for. */
export function refusal(reply: Reply, asked: Asked, now: number): HubError | Interruption {
  const { status, url } = reply;
  if (passing.includes(status)) {
    const wait = retryAfter(reply.header('retry-after'), now);
    return new Interruption(`${url.host} answers ${status}`, { retryAfterMs: wait });
  }
  // A signed address that another host no longer honours: the hub signs a new one when asked again.
  if (url.origin !== asked.endpoint.origin && (status === 401 || status === 403)) {
    return new Interruption(`${url.host} answers ${status}`);
  }
  const said = printable(reply.header('x-error-message'));
  if (status === 401 || status === 403) return denied(reply, asked, said);
  if (status === 404) return missing(reply, asked);
  return new HubError('misbehaved', `${url.host} answers ${status}${said} to ${url.pathname}`);
}

function denied(reply: Reply, { endpoint, name, hasToken }: Asked, said: string): HubError {
  const repo = repoOf(name);
  const code = reply.header('x-error-code');
  if (code === 'GatedRepo') {
    const token = hasToken ? 'with the account whose token this is' : 'and set HF_TOKEN';
    return new HubError(
      'refused',
      `${repo} is gated: accept its terms at ${endpoint.origin}/${repo}, ${token}`,
    );
  }
  if (hasToken) {
    const reason =
      code === 'RepoNotFound' ? 'has no such model, or not for this token' : 'refuses this token';
    return new HubError('refused', `${repo}: ${endpoint.host} ${reason}${said}`);
  }
  // Hugging Face gives this answer for models that do not exist, too.
  return new HubError(
    'refused',
    `${repo}: ${endpoint.host} has no such model, or only for those it knows: ` +
      `${guess(name)}set HF_TOKEN if it is private`,
  );
}

function missing(reply: Reply, { endpoint, name }: Asked): HubError {
  const repo = repoOf(name);
  const code = reply.header('x-error-code');
  if (code === 'RevisionNotFound') {
    return new HubError('missing', `${repo} has no revision ${name.revision}`);
  }
  if (code === 'EntryNotFound') {
    return new HubError('misbehaved', `${repo} lists ${reply.url.pathname} and does not have it`);
  }
  const hint = guess(name);
  return new HubError(
    'missing',
    `${endpoint.host} has no model ${repo}${hint === '' ? '' : `: ${hint.trimEnd()}`}`,
  );
}

/** `did you mean gpt2-xl? `, or nothing. */
function guess({ repo }: ModelName): string {
  const close = nearest(repo, publishedNames);
  return close === null ? '' : `did you mean ${close}? `;
}

function printable(text: string | null): string {
  const clean = (text ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 200);
  return clean === '' ? '' : ` (${clean})`;
}
