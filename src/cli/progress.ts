// Progress of something long: a bar that redraws itself on a terminal, a plain line every tenth of
// the way elsewhere. Writes to standard error, which is never a result.

import { redraws } from '../config.ts';

const barWidth = 30;
const redrawMs = 50;

export interface ProgressOutput {
  /** Whether a line can be drawn again. */
  readonly isTTY?: boolean;
  /** As wide as a line may be. */
  readonly columns?: number;
  write(text: string): unknown;
}

export class Progress {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  #stage = '';
  #drawnAt = Number.NEGATIVE_INFINITY;
  #lastTenth = -1;

  constructor(
    output: ProgressOutput = standardError(),
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
    const { columns = Number.POSITIVE_INFINITY } = this.#output;
    const around = shown(this.#stage, share, detail).length + 1;
    // A line that is too long would not be drawn over, but repeated.
    const width = Math.max(0, Math.min(barWidth, columns - 1 - around));
    const filled = Math.round(share * width);
    const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
    const line = shown(`${this.#stage} ${bar}`, share, detail).slice(0, columns - 1);
    // What a longer line before has left is wiped out.
    this.#output.write(`\r${line}\x1b[K`);
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

/** Where a terminal cannot redraw lines, it gets them as a file does. */
export function standardError(): ProgressOutput {
  const { stderr } = process;
  return {
    isTTY: redraws(stderr),
    get columns() {
      return stderr.columns || 80;
    },
    write: (text) => stderr.write(text),
  };
}
