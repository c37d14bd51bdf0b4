// What a server says of itself in Prometheus' text format.

import type { Server } from './server.ts';

/** The samples of one scrape of `/metrics`: a series, labels and all, to its value. */
export async function scrape(server: Pick<Server, 'url'>): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(new URL('/metrics', server.url))).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** The sum of the series of a name whose labels contain `label`. */
export function total(samples: ReadonlyMap<string, number>, name: string, label = ''): number {
  let sum = 0;
  for (const [series, value] of samples) {
    if (series.replace(/\{.*/, '') === name && series.includes(label)) sum += value;
  }
  return sum;
}
