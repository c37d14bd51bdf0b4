// Whoever knows what a model says of texts, however it is reached.

import type { TokenScores } from '../engine/protocol.ts';

export interface Scorer {
  /** How many questions at a time keep it busy. */
  readonly concurrency: number;
  /**
   * Of the second token and those after it. `ids`: [2 .. context]. With the best alternative of each
   * token where that is asked for. Throws `ServeError` where it cannot be had.
   */
  score(ids: Int32Array, wantsBest: boolean): Promise<TokenScores>;
  close(): Promise<void>;
}

/**
 * Does the work of each item, as many at a time as keep the scorer busy; items are made when their turn
 * comes, so that no more of them exist. The first failure ends it.
 */
export async function inTurn<T>(
  { concurrency }: Pick<Scorer, 'concurrency'>,
  items: Iterable<T>,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const source = items[Symbol.iterator]();
  let index = 0;
  let isOver = false;
  const takeTurns = async () => {
    while (!isOver) {
      const next = source.next();
      if (next.done) return;
      try {
        await work(next.value, index++);
      } catch (error) {
        isOver = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, takeTurns));
}
