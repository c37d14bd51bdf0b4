// From likelihoods to the measures that tables are in.

import type { PaperColumn } from './paper.ts';
import type { Metric } from './task.ts';

/** `loss`: in nats, of all of the units together. */
export function perplexity(
  name: string,
  loss: number,
  unitCount: number,
  paper: PaperColumn | null = null,
): Metric {
  return { name, value: Math.exp(loss / unitCount), paper };
}

export function bitsAByte(name: string, loss: number, byteCount: number): Metric {
  return { name, value: loss / byteCount / Math.LN2, paper: null };
}
