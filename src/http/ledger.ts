// Every completion request from its arrival to its end, whatever transport brought it: how many are
// open, by what name an operator finds them, and that each is counted and told of once.

import type { Metrics } from '../metrics.ts';
import { RequestRecord } from './request-record.ts';
import type { Surroundings } from './surroundings.ts';

/** Who asked, and where. */
export interface Caller {
  /** What the completion is called unless its request has a name of its own. */
  readonly completionId: string;
}

export class Ledger {
  readonly #metrics: Metrics;
  readonly #surroundings: Surroundings;

  constructor(metrics: Metrics, surroundings: Surroundings) {
    this.#metrics = metrics;
    this.#surroundings = surroundings;
  }

  /** A request arrived; its record is to be closed or failed, once. */
  open(caller: Caller): RequestRecord {
    return new RequestRecord(caller, this.#metrics, this.#surroundings.nowMs);
  }
}
