// Several token streams read as one. A stream is asked for more only once its last batch was dealt
// with, so what is generated while the reader is busy waits inside the stream, as one batch. Streams
// may follow another one: nothing of theirs is read before the first batch of the one they follow.

import type { TokenBatch, TokenStream } from '../../engine/engine.ts';

export interface Gathered {
  /** Which of the streams. */
  readonly index: number;
  readonly batch: TokenBatch;
}

/**
 * Ends when all streams have; throws what the first of them throws. Leaving it aborts them all.
 * The first of each `groupSize` streams is the one that the others follow.
 */
export async function* gather(
  streams: readonly TokenStream[],
  groupSize = 1,
): AsyncGenerator<Gathered> {
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

  const hasFollowers = streams.map((_, index) => groupSize > 1 && index % groupSize === 0);
  const askFollowers = (leader: number): void => {
    if (!hasFollowers[leader]) return;
    hasFollowers[leader] = false;
    for (let index = leader + 1; index < leader + groupSize; index++) ask(index);
  };

  let openCount = streams.length;
  try {
    for (let index = 0; index < streams.length; index += groupSize) ask(index);
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
      askFollowers(gathered.index);
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
