// Several texts that are generated at the same time, printed one after the other: the first of them as
// it comes, the others from where they have got to by then.

/** Stands on a line of its own between two texts. */
export const separator = '---';

export class ChoicePrinter {
  readonly #write: (text: string) => void;
  readonly #waiting: string[];
  readonly #finished: boolean[];
  #current = 0;
  #endsLine = true;

  constructor(choiceCount: number, write: (text: string) => void) {
    this.#waiting = Array.from({ length: choiceCount }, () => '');
    this.#finished = Array.from({ length: choiceCount }, () => false);
    this.#write = write;
  }

  /** Whether what was printed so far ends a line, or is nothing. */
  get endsLine(): boolean {
    return this.#endsLine;
  }

  take(index: number, text: string, isLast: boolean): void {
    this.#waiting[index] += text;
    if (isLast) this.#finished[index] = true;
    while (this.#current < this.#waiting.length) {
      this.#print(this.#waiting[this.#current]!);
      this.#waiting[this.#current] = '';
      if (!this.#finished[this.#current]) return;
      this.#current++;
      if (this.#current === this.#waiting.length) return;
      this.#print(`${this.#endsLine ? '' : '\n'}${separator}\n`);
    }
  }

  #print(text: string): void {
    if (text === '') return;
    this.#write(text);
    this.#endsLine = text.endsWith('\n');
  }
}
