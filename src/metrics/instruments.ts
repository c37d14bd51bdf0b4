// Where metrics are made and read: the only file that knows prom-client. Nothing is registered
// globally, so two servers in one process do not mix.

import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram };

export class Instruments {
  readonly #registry = new Registry();

  /** `labels`: of every series. */
  constructor(labels: Readonly<Record<string, string>>) {
    this.#registry.setDefaultLabels(labels);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  exposition(): Promise<string> {
    return this.#registry.metrics();
  }

  counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []) {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  /** A counter with one label; its series are all there from the start, at 0. */
  counters<T extends string>(
    name: string,
    help: string,
    label: string,
    values: readonly T[],
  ): Counter<string> {
    const counter = this.counter(name, help, [label]);
    for (const value of values) counter.inc({ [label]: value }, 0);
    return counter;
  }

  histogram<L extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly L[] = [],
  ) {
    const upperBounds = [...buckets];
    return new Histogram({
      name,
      help,
      buckets: upperBounds,
      labelNames,
      registers: [this.#registry],
    });
  }

  /** Read when scraped. */
  gauge<L extends string>(
    name: string,
    help: string,
    read: (gauge: Gauge<L>) => void,
    labelNames: readonly L[] = [],
  ): void {
    const collect = function (this: Gauge<L>) {
      read(this);
    };
    new Gauge({ name, help, labelNames, collect, registers: [this.#registry] });
  }

  /** A counter that somebody else counts: read when scraped. */
  readCounter(name: string, help: string, read: () => number): void {
    const collect = function (this: Counter) {
      this.reset();
      this.inc(read());
    };
    new Counter({ name, help, collect, registers: [this.#registry] });
  }

  /** Always 1: what there is to know stands in the labels. */
  facts(name: string, help: string, labels: Readonly<Record<string, string | number>>): void {
    const labelNames = Object.keys(labels);
    const gauge = new Gauge({ name, help, labelNames, registers: [this.#registry] });
    gauge.set({ ...labels }, 1);
  }
}
