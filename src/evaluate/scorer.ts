// Whoever knows what a model says of texts, however it is reached.

/** Of the second token of a prompt and those after it. */
export interface PromptScores {
  /** In nats. */
  readonly logprobs: Float32Array; // [tokens - 1]
  /** 1 where no token is likelier, else 0; only where it was asked for. */
  readonly isBest: Uint8Array; // [tokens - 1]
}

export interface Scorer {
  /** How many prompts at a time keep it busy. */
  readonly concurrency: number;
  /**
   * `ids`: 2 to as many as the context has. What comes before `firstScored`, which is 1 at least, need
   * not have scores. Throws `ServeError` where scores cannot be had.
   */
  score(ids: Int32Array, firstScored: number, wantsBest: boolean): Promise<PromptScores>;
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
