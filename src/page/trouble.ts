// What can go wrong between the page and the server, as a sentence for its reader.

import { KvasirError } from '../../client/errors.ts';

export type TroubleKind =
  /** The server asks for a key, or does not know the one that was shown. */
  | 'key'
  /** It answered, and said no. */
  | 'refused'
  /** It did not answer, or not to the end. */
  | 'lost';

export class Trouble extends Error {
  readonly kind: TroubleKind;
  /** The field of the request that is at fault. */
  readonly param: string | null;

  constructor(kind: TroubleKind, sentence: string, param: string | null = null) {
    super(sentence);
    this.kind = kind;
    this.param = param;
  }
}

/** What is none of the client's errors stays what it is, but for time that ran out. */
export function troubleOf(error: unknown): unknown {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new Trouble('lost', 'The server took too long to answer.');
  }
  if (!(error instanceof KvasirError)) return error;
  const { code, message, status, param, retryAfter } = error;
  if (code === 'connection_failed') {
    return new Trouble('lost', 'The server cannot be reached. Is it still running?');
  }
  if (code === 'connection_lost') {
    return new Trouble('lost', 'The connection was lost before the text was complete.');
  }
  const again = retryAfter === null ? '' : ` Try again in ${seconds(retryAfter)}.`;
  return new Trouble(status === 401 ? 'key' : 'refused', asSentence(message) + again, param);
}

function asSentence(message: string): string {
  const begun = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

function seconds(count: number): string {
  return count === 1 ? 'a second' : `${count} seconds`;
}
