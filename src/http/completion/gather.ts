// Several token streams read as one. A stream is asked for more only once its last batch was dealt
// with, so what is generated while the reader is busy waits inside the stream, as one batch.

import type { TokenBatch, TokenStream } from '../../engine/engine.ts';

export interface Gathered {
  /** Which of the streams. */
  readonly index: number;
  readonly batch: TokenBatch;
}

/** Ends when all streams have; throws what the first of them throws. Leaving it aborts them all. */
export async function* gather(streams: readonly TokenStream[]): AsyncGenerator<Gathered> {
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  const arrived: (() => Gathered)[] = [];
  let wake = () => {};
  const ask = (index: number): void => {
    iterators[index]!.next().then(
      ({ value: batch }) => arrive(() => ({ index, batch })),
      (error) => arrive(() => raise(error)),
    );
  };
  const arrive = (outcome: () => Gathered): void => {
    arrived.push(outcome);
    wake();
  };

  let openCount = streams.length;
  try {
    for (const index of streams.keys()) ask(index);
    while (openCount > 0) {
      const next = arrived.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const gathered = next();
      yield gathered;
      if (gathered.batch.finish === null) ask(gathered.index);
      else openCount--;
    }
  } finally {
    for (const stream of streams) stream.abort();
  }
}

function raise(error: unknown): never {
  throw error;
}
