// What the doctor found, told as it is found: each check stands by itself, and one that fails says why and
// leaves the others to go on. All of it is kept, after each check, where a file is named.

export type Verdict = 'ok' | 'wrong' | 'skipped';

export interface Finding {
  readonly name: string;
  readonly verdict: Verdict;
  readonly said: string;
  readonly ms: number;
  /** What was measured, for whoever reads the file. */
  readonly figures: unknown;
}

export interface FindingsOptions {
  readonly say: (line: string) => void;
  /** Gets everything so far. */
  readonly keep: (contents: object) => void;
  /** Milliseconds, from any fixed point. */
  readonly now: () => number;
  /** Nothing is begun after so many milliseconds. */
  readonly limitMs: number;
}

/** What a check comes to: whether it is as it should be, in words, and in figures. */
export interface Result<T> {
  readonly isGood: boolean;
  readonly said: string;
  readonly figures?: unknown;
  /** What later checks need of it. */
  readonly value: T;
}

export class Findings {
  readonly list: Finding[] = [];
  /** Beside the checks: tables and facts, by name. */
  readonly facts: Record<string, unknown> = {};
  /** While it is set, what fails is left out and no fault: it need not be there. */
  toleratesFaults = false;
  readonly #options: FindingsOptions;
  readonly #begunMs: number;

  constructor(options: FindingsOptions) {
    this.#options = options;
    this.#begunMs = options.now();
  }

  /** The clock that everything is measured with, in milliseconds. */
  get now(): () => number {
    return this.#options.now;
  }

  get isAllGood(): boolean {
    return this.list.every(({ verdict }) => verdict !== 'wrong');
  }

  get isLate(): boolean {
    return this.#options.now() - this.#begunMs > this.#options.limitMs;
  }

  /**
   * `needed`: what earlier checks gave; null where one of them failed, and this one is left out. Null where
   * it gave nothing.
   */
  async check<N, T>(
    name: string,
    needed: N | null,
    run: (needed: N) => Result<T> | Promise<Result<T>>,
  ): Promise<T | null> {
    if (needed === null) return this.#skip(name, 'needs what failed above');
    if (this.isLate) return this.#skip(name, 'no time left');
    const begun = this.#options.now();
    const ms = () => Math.round(this.#options.now() - begun);
    try {
      const { isGood, said, figures = null, value } = await run(needed);
      this.#add({ name, verdict: isGood ? 'ok' : this.#fault, said, ms: ms(), figures });
      return value;
    } catch (error) {
      const said = (error as Error).message ?? String(error);
      this.#add({ name, verdict: this.#fault, said, ms: ms(), figures: null });
      return null;
    }
  }

  /** A single measurement: only where it cannot be made it is told of by itself. */
  async measure<T>(name: string, run: () => T): Promise<T | null> {
    if (this.isLate) return this.#skip(name, 'no time left');
    const begun = this.#options.now();
    try {
      return run();
    } catch (error) {
      const ms = Math.round(this.#options.now() - begun);
      const said = (error as Error).message;
      this.#add({ name, verdict: 'skipped', said, ms, figures: null });
      return null;
    }
  }

  /** The last line: how it all went. */
  conclude(): void {
    const wrong = this.list.filter(({ verdict }) => verdict === 'wrong').map(({ name }) => name);
    const skipped = this.list.filter(({ verdict }) => verdict === 'skipped').length;
    const seconds = ((this.#options.now() - this.#begunMs) / 1000).toFixed(0);
    this.note('conclusion', { wrong, skipped, seconds: Number(seconds) });
    this.say(
      wrong.length === 0
        ? `all is well${skipped === 0 ? '' : `, ${skipped} left out`}, in ${seconds} s`
        : `wrong: ${wrong.join(', ')}; ${skipped} left out, in ${seconds} s`,
    );
  }

  get #fault(): Verdict {
    return this.toleratesFaults ? 'skipped' : 'wrong';
  }

  /** Something that is known, and no check. */
  note(name: string, value: unknown): void {
    this.facts[name] = value;
    this.#keep();
  }

  say(line: string): void {
    this.#options.say(line);
  }

  #skip(name: string, said: string): null {
    this.#add({ name, verdict: 'skipped', said, ms: 0, figures: null });
    return null;
  }

  #add(finding: Finding): void {
    this.list.push(finding);
    this.#options.say(lineOf(finding));
    this.#keep();
  }

  #keep(): void {
    this.#options.keep({ ...this.facts, checks: this.list });
  }
}

const marks: Readonly<Record<Verdict, string>> = { ok: 'ok   ', wrong: 'WRONG', skipped: '-    ' };

function lineOf({ name, verdict, said, ms }: Finding): string {
  const time = ms >= 1000 ? ` (${(ms / 1000).toFixed(1)} s)` : '';
  return `${marks[verdict]} ${name}: ${said}${time}`;
}
