// Something that takes a while without saying how far it is: after a moment, a terminal shows that it
// goes on, and since when. Nothing of that stays. Elsewhere nothing is shown.

import { type ProgressOutput, standardError } from './progress.ts';

/** Shorter waits are none. */
const patienceMs = 400;
const frameMs = 100;
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export interface Ticker {
  nowMs(): number;
  /** Calls `run` again and again; what it returns ends that. */
  every(ms: number, run: () => void): () => void;
}

const realTicker: Ticker = {
  nowMs: () => performance.now(),
  every: (ms, run) => {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
};

export async function whileWaiting<T>(
  label: string,
  work: Promise<T>,
  output: ProgressOutput = standardError(),
  ticker: Ticker = realTicker,
): Promise<T> {
  if (output.isTTY !== true) return await work;
  const begun = ticker.nowMs();
  let drawn = 0;
  const wipe = () => {
    if (drawn > 0) output.write('\r\x1b[K');
    drawn = 0;
  };
  const stop = ticker.every(frameMs, () => {
    const spent = ticker.nowMs() - begun;
    if (spent < patienceMs) return;
    const seconds = spent < 1000 ? '' : ` ${Math.floor(spent / 1000)} s`;
    output.write(`\r${frames[drawn++ % frames.length]} ${label}${seconds}\x1b[K`);
  });
  process.once('exit', wipe);
  try {
    return await work;
  } finally {
    stop();
    wipe();
    process.off('exit', wipe);
  }
}
