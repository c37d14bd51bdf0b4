// The doctor's tables as they are printed.

import type { DecodeShape, PromptShape, Timing } from './speed.ts';

export interface DecodeRow extends DecodeShape {
  readonly timing: Timing;
  /** What stands beside it; null where that was not measured. */
  readonly beside: Timing | null;
  /** By the bytes it must read; null where the memory's speed is not known. */
  readonly boundMs: number | null;
}

export interface PromptRow extends PromptShape {
  readonly timing: Timing;
}

/** `besideName`: what the other times are those of. */
export function decodeLines(rows: readonly DecodeRow[], besideName: string): string[] {
  const header = [
    'batch',
    'past',
    'step ms',
    'tokens/s',
    `${besideName} ms`,
    'bound ms',
    'x bound',
  ];
  const cells = rows.map(({ batch, past, timing, beside, boundMs }) => [
    String(batch),
    String(past),
    milliseconds(timing.ms),
    perSecond(batch, timing.ms),
    beside === null ? '' : milliseconds(beside.ms),
    boundMs === null ? '' : milliseconds(boundMs),
    boundMs === null ? '' : (timing.ms / boundMs).toFixed(1),
  ]);
  return aligned([header, ...cells]);
}

export function promptLines(rows: readonly PromptRow[]): string[] {
  const header = ['prompts', 'tokens', 'asked', 'ms', 'tokens/s', 'first ms'];
  const cells = rows.map(({ prompts, tokens, isScored, timing }) => [
    String(prompts),
    String(tokens),
    isScored ? 'each' : 'last',
    milliseconds(timing.ms),
    perSecond(prompts * tokens, timing.ms),
    milliseconds(timing.firstMs),
  ]);
  return aligned([header, ...cells]);
}

/** Numbers to the right of their columns. */
function aligned(cells: readonly (readonly string[])[]): string[] {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join('  '));
}

function milliseconds(ms: number): string {
  return ms.toFixed(ms < 10 ? 3 : 1);
}

function perSecond(count: number, ms: number): string {
  return Math.round((count * 1000) / ms).toLocaleString('en');
}
