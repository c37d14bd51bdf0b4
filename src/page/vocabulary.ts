// What tokens are called. Names are asked for when they are first needed, many at a time and one
// request after another, and kept.

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
    const names = await this.#ask(ids);
    for (const [index, id] of ids.entries()) this.#names.set(id, names[index] ?? '');
  }
}
