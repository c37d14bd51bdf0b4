// What a benchmark leaves behind: figures in tables to read, as JSON, and as plots where a file is named
// for them.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Spread } from '../src/load/statistics.ts';

/** Numbers that are none are null in JSON. `file` empty: nothing is written. */
export function writeJson(file: string, figures: object): void {
  writeText(file, () => `${JSON.stringify(figures, null, 2)}\n`);
}

/** `make` is called only where a file is named. */
export function writeText(file: string, make: () => string): void {
  if (file === '') return;
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, make());
  console.log(`written: ${file}`);
}

/** `median (least..most)`, or the one value where there is no spread. */
export function shownSpread({ median, least, most }: Spread, digits = 0): string {
  const [middle, low, high] = [median, least, most].map((value) => value.toFixed(digits));
  return low === high ? middle! : `${middle} (${low}..${high})`;
}

/** Columns padded to their widest cell, numbers to the right of their column. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join('  '))
    .join('\n');
}

/** `12 %`; empty where the share is not known. */
export function shownShare(share: number | null): string {
  return share === null ? '' : `${(100 * share).toFixed(0)} %`;
}
