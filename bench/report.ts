// What a benchmark leaves behind: figures as JSON, plots as SVG, where a file is named for them.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Numbers that are none are null in JSON. `file` empty: nothing is written. */
export function writeJson(file: string, figures: object): void {
  writeText(file, `${JSON.stringify(figures, null, 2)}\n`);
}

export function writeText(file: string, text: string): void {
  if (file === '') return;
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, text);
  console.log(`written: ${file}`);
}
