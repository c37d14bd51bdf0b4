// What can go wrong between the page and the server, as a sentence for its reader.

import type { WireError } from './wire.ts';

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

export const unreachable = 'The server cannot be reached. Is it still running?';
export const brokenOff = 'The connection was lost before the text was complete.';

/** `retryAfter`: what the header of that name says. */
export function refusal(status: number, body: string, retryAfter: string | null): Trouble {
  const { message, param } = errorIn(body) ?? {
    message: `the server answered with status ${status}`,
    param: null,
  };
  const again = retryAfter === null ? '' : ` Try again in ${seconds(Number(retryAfter))}.`;
  const kind = status === 401 ? 'key' : 'refused';
  return new Trouble(kind, asSentence(message) + again, param);
}

/** Null where the text is no error of the API. */
export function errorIn(text: string): WireError['error'] | null {
  try {
    return (JSON.parse(text) as Partial<WireError>).error ?? null;
  } catch {
    return null;
  }
}

export function asSentence(message: string): string {
  const begun = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

function seconds(count: number): string {
  return count === 1 ? 'a second' : `${count} seconds`;
}
