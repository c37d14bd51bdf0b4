// Every completion request from its arrival to its end, whatever transport brought it: how many are
// open, and by what name an operator finds them.

import { ServeError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import type { Caller } from './caller.ts';
import type { TimeLimits } from './deadlines.ts';
import type { Refusals } from './refusals.ts';
import { RequestRecord } from './request-record.ts';
import type { Surroundings } from './surroundings.ts';

export interface LedgerOptions {
  readonly metrics: Metrics;
  readonly refusals: Refusals;
  readonly surroundings: Surroundings;
  readonly limits: TimeLimits & { readonly maxOpenRequests: number };
  readonly logPrompts: boolean;
}

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #open = new Set<RequestRecord>();

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** A request arrived; its record is to be closed or failed, once. */
  open(caller: Caller, body: unknown): RequestRecord {
    const record = new RequestRecord(caller, body, this.#options, () => this.#open.delete(record));
    this.#open.add(record);
    return record;
  }

  /** Throws `ServeError` (too_many_requests) where more are open than may be. */
  checkRoom(): void {
    const { maxOpenRequests } = this.#options.limits;
    if (this.#open.size <= maxOpenRequests) return;
    throw new ServeError(
      'too_many_requests',
      `the server is busy: ${maxOpenRequests} requests are open, and no more may be; try again later`,
    );
  }

  /** Ends what has this name: a completion's id, or the id of its request. Returns how many had it. */
  abort(name: string): number {
    const named = [...this.#open].filter((record) => record.isCalled(name));
    for (const record of named) {
      record.end(new ServeError('request_aborted', 'an operator ended this request'));
    }
    return named.length;
  }
}
