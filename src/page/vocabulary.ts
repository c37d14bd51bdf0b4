// What tokens are called. Names are asked for when they are first needed, many at a time and one
// request after another, and kept.

/** A request of them is well below what a server takes in. */
const mostAtOnce = 8192;

export class Vocabulary {
  readonly #ask: (ids: readonly number[]) => Promise<readonly string[]>;
  readonly #names = new Map<number, string>();
  #wanted = new Set<number>();
  #asking: Promise<void> | null = null;

  constructor(ask: (ids: readonly number[]) => Promise<readonly string[]>) {
    this.#ask = ask;
  }

  nameOf(id: number): string | null {
    return this.#names.get(id) ?? null;
  }

  /** Resolves when all of these are known. Throws what asking threw. */
  async learn(ids: Iterable<number>): Promise<void> {
    for (const id of ids) if (!this.#names.has(id)) this.#wanted.add(id);
    // What is asked just now may be some of them.
    while (this.#asking !== null) await this.#asking.catch(() => {});
    if (this.#wanted.size === 0) return;
    this.#asking = this.#askAll().finally(() => {
      this.#asking = null;
    });
    await this.#asking;
  }

  async #askAll(): Promise<void> {
    const ids = [...this.#wanted].filter((id) => !this.#names.has(id));
    this.#wanted = new Set();
    if (ids.length === 0) return;
    for (let at = 0; at < ids.length; at += mostAtOnce) {
      const some = ids.slice(at, at + mostAtOnce);
      const names = await this.#ask(some);
      for (const [index, id] of some.entries()) this.#names.set(id, names[index] ?? '');
    }
  }
}
