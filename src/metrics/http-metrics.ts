// What went over the wire.

import type { Instruments } from './instruments.ts';

export class HttpMetrics {
  readonly #responses;
  #openSocketCount = 0;

  constructor(instruments: Instruments) {
    this.#responses = instruments.counter('kvasir:http_responses_total', 'HTTP responses.', [
      'route',
      'status',
    ]);
    instruments.gauge('kvasir:open_sockets', 'WebSockets that are open.', (gauge) =>
      gauge.set(this.#openSocketCount),
    );
  }

  /** `route`: as registered, not as asked for, so that there are only so many. */
  responseSent(route: string, status: number): void {
    this.#responses.inc({ route, status: String(status) });
  }

  socketOpened(): void {
    this.#openSocketCount++;
  }

  socketClosed(): void {
    this.#openSocketCount--;
  }
}
