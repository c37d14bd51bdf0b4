// Progress of something long: a bar that redraws itself on a terminal, a plain line every tenth of
// the way elsewhere. Writes to standard error, which is never a result.

const barWidth = 30;
const redrawMs = 50;

export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Progress {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  #stage = '';
  #drawnAt = Number.NEGATIVE_INFINITY;
  #lastTenth = -1;

  constructor(
    output: ProgressOutput = process.stderr,
    now: () => number = () => performance.now(),
  ) {
    this.#output = output;
    this.#now = now;
  }

  /** `detail` stands behind the percentage. */
  update(stage: string, done: number, total: number, detail = ''): void {
    if (stage !== this.#stage) this.#begin(stage);
    const share = total === 0 ? 1 : Math.min(1, done / total);
    if (this.#output.isTTY) this.#draw(share, detail);
    else this.#sayTenth(share, detail);
  }

  /** A line of its own; a bar goes on below it. */
  note(line: string): void {
    this.end();
    this.#output.write(`${line}\n`);
  }

  /** Ends the line that is being redrawn. Also at the end of the process, which may be a sudden one. */
  readonly end = (): void => {
    if (this.#stage !== '' && this.#output.isTTY) this.#output.write('\n');
    this.#stage = '';
    process.off('exit', this.end);
  };

  #begin(stage: string): void {
    this.end();
    this.#stage = stage;
    process.once('exit', this.end);
    this.#drawnAt = Number.NEGATIVE_INFINITY;
    this.#lastTenth = -1;
  }

  #draw(share: number, detail: string): void {
    const now = this.#now();
    if (share < 1 && now - this.#drawnAt < redrawMs) return;
    this.#drawnAt = now;
    const filled = Math.round(share * barWidth);
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
    // What a longer line before has left is wiped out.
    this.#output.write(`\r${shown(`${this.#stage} ${bar}`, share, detail)}\x1b[K`);
  }

  #sayTenth(share: number, detail: string): void {
    const tenth = Math.floor(share * 10);
    if (tenth === this.#lastTenth) return;
    this.#lastTenth = tenth;
    this.#output.write(`${shown(this.#stage, tenth / 10, detail)}\n`);
  }
}

function shown(stage: string, share: number, detail: string): string {
  return [stage, percent(share), detail].filter((part) => part !== '').join(' ');
}

function percent(share: number): string {
  return `${String(Math.floor(share * 100)).padStart(3)} %`;
}
