// llama.cpp's own way to score a text: llama-perplexity, over windows of a file.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { randomPrompt } from '../../src/load/prompts.ts';
import { createTokenizer } from '../../src/tokenizer/tokenizer.ts';
import { runChild } from '../child.ts';
import type { GgufType } from '../gguf/header.ts';
import type { Machine } from '../machine.ts';
import { ggufOf, llamaProgram } from './llama.ts';
import type { BenchModel } from './system.ts';

export interface Windows {
  readonly count: number;
  readonly tokens: number;
  /** Decides the text. */
  readonly seed: number;
}

/** Seconds that the windows took, without loading and reading. Throws `Error` where it fails. */
export async function perplexitySeconds(
  model: BenchModel,
  machine: Machine,
  llama: { readonly directory: string; readonly type: GgufType },
  windows: Windows,
  timeoutMs: number,
): Promise<number> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kvasir-text-'));
  try {
    const file = path.join(folder, 'text.txt');
    writeFileSync(file, wordsFor(windows));
    const flags = ['--model', ggufOf(model, llama.type), '--file', file];
    flags.push('--ctx-size', String(windows.tokens), '--chunks', String(windows.count));
    flags.push('--threads', String(machine.serverThreads));
    flags.push('--batch-size', '2048', '--ubatch-size', '512');
    const watch = new Watch(/calculating perplexity/, /Final estimate/);
    const program = llamaProgram(llama.directory, 'llama-perplexity');
    const output = await runChild(program, flags, timeoutMs, (piece) => watch.hear(piece));
    const passes = new RegExp(`over ${windows.count} chunks`).test(output);
    if (!passes)
      throw new Error(`llama-perplexity did not see ${windows.count} windows:\n${output}`);
    return watch.seconds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The time between two messages of a program, by our own clock. */
class Watch {
  readonly #begin: RegExp;
  readonly #end: RegExp;
  #heard = '';
  #begunMs = Number.NaN;
  #endedMs = Number.NaN;

  constructor(begin: RegExp, end: RegExp) {
    this.#begin = begin;
    this.#end = end;
  }

  hear(piece: string): void {
    this.#heard += piece;
    if (Number.isNaN(this.#begunMs) && this.#begin.test(this.#heard)) {
      this.#begunMs = performance.now();
    }
    if (Number.isNaN(this.#endedMs) && this.#end.test(this.#heard)) {
      this.#endedMs = performance.now();
    }
  }

  get seconds(): number {
    const seconds = (this.#endedMs - this.#begunMs) / 1000;
    if (Number.isNaN(seconds)) throw new Error(`the program never said ${this.#end.source}`);
    return seconds;
  }
}

/**
 * A text of enough tokens for all windows: random ones among those that are a space and small letters.
 * (Their text may be read as other tokens again, but never as so few that a window were missing.)
 */
function wordsFor({ count, tokens, seed }: Windows): string {
  const tokenizer = createTokenizer('gpt2', 50257);
  const wanted = (count + 1) * tokens;
  let text = '';
  for (let round = 0; ; round++) {
    const ids = randomPrompt(seed + round, 4 * wanted, tokenizer.vocabularySize);
    text += ids
      .map((id) => tokenizer.decode([id]))
      .filter((word) => /^ [a-z]+$/.test(word))
      .join('');
    if (tokenizer.encode(text).length >= wanted) return text;
  }
}
