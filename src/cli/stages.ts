// How long the stages of a job took, and how much memory the process had taken up to the end of each.

export interface Stage {
  readonly name: string;
  readonly seconds: number;
  /** The most that was resident at any time since the process began. */
  readonly peakBytes: number;
}

export class Stages {
  readonly #now: () => number;
  readonly #peakBytes: () => number;
  readonly #ended: Stage[] = [];
  #running: { readonly name: string; readonly since: number } | null = null;

  /** `now` in milliseconds. */
  constructor(
    now: () => number = () => performance.now(),
    peakBytes: () => number = () => 1024 * process.resourceUsage().maxRSS,
  ) {
    this.#now = now;
    this.#peakBytes = peakBytes;
  }

  /** Ends the stage that runs, unless it is this one. */
  enter(name: string): void {
    if (this.#running?.name === name) return;
    this.end();
    this.#running = { name, since: this.#now() };
  }

  /** Ends the stage that runs, and returns all that have ended. */
  end(): readonly Stage[] {
    if (this.#running !== null) {
      const { name, since } = this.#running;
      const seconds = (this.#now() - since) / 1000;
      this.#ended.push({ name, seconds, peakBytes: this.#peakBytes() });
      this.#running = null;
    }
    return this.#ended;
  }
}

/** `12.3 s, 92 MB/s, peak memory 248 MB`; `bytes` are what it wrote, if that is what it did. */
export function shownStage({ seconds, peakBytes }: Stage, bytes: number | null = null): string {
  const pace = bytes === null ? [] : [`${(bytes / 1e6 / seconds).toFixed(0)} MB/s`];
  const memory = `peak memory ${(peakBytes / 1e6).toFixed(0)} MB`;
  return [`${seconds.toFixed(1)} s`, ...pace, memory].join(', ');
}
