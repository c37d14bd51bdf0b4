// Blocks that are not run are read as far as that goes: the shell's syntax, and what their commands of
// Kvasir and of its benchmarks are told.

import { spawnSync } from 'node:child_process';
import { variants } from '../../bench/flags.ts';
import { closedLoop } from '../../bench/scenarios/closed-loop.ts';
import { exports } from '../../bench/scenarios/exports.ts';
import { interruption } from '../../bench/scenarios/interruption.ts';
import { openLoop } from '../../bench/scenarios/open-loop.ts';
import { repetition } from '../../bench/scenarios/repetition.ts';
import { scoring } from '../../bench/scenarios/scoring.ts';
import { sharedPrefix } from '../../bench/scenarios/shared-prefix.ts';
import { steps } from '../../bench/scenarios/steps.ts';
import { readCommand } from '../../src/config.ts';

export const benchmarks = {
  'closed-loop': closedLoop,
  export: exports,
  interruption,
  'open-loop': openLoop,
  repetition,
  scoring,
  'shared-prefix': sharedPrefix,
  steps,
};

export function benchmarkFlags(name: keyof typeof benchmarks): readonly string[] {
  return [...benchmarks[name].usage('').matchAll(/^ {2}--([a-z0-9-]+)/gm)].map(([, flag]) => flag!);
}

/** Throws what is wrong with it. */
export function readShell(text: string): void {
  const { status, stderr } = spawnSync('bash', ['-n', '-c', text], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    const words = wordsOf(line);
    const [npm, verb, name, dashes, ...rest] = words;
    if (npm === 'kvasir') readCommand(words.slice(1), {});
    if (npm !== 'npm') continue;
    if (verb === 'start') readCommand(['serve', ...words.slice(3)], {});
    if (verb !== 'run' || dashes !== '--') continue;
    if (name === 'kvasir') readCommand(rest, {});
    if (name === 'bench') readBenchmark(rest);
  }
}

function readBenchmark([name = '', ...words]: readonly string[]): void {
  if (!Object.hasOwn(benchmarks, name)) throw new Error(`there is no benchmark ${name}`);
  const known = benchmarkFlags(name as keyof typeof benchmarks);
  for (const [index, word] of words.entries()) {
    const flag = /^--([a-z-]+)$/.exec(word)?.[1];
    if (flag === undefined) continue;
    if (!known.includes(flag)) throw new Error(`${name} has no flag ${word}`);
    if (flag !== 'kvasir') continue;
    for (const { flags } of variants(flag, words[index + 1]!)) readCommand(['serve', ...flags], {});
  }
}

/** Of the first command, without a comment; quotes keep words together. */
function wordsOf(line: string): readonly string[] {
  const words = line.replace(/(^|\s)#.*/, '').match(/'[^']*'|"[^"]*"|[^\s'"|<>&;]+|[|<>&;]/g) ?? [];
  const end = words.findIndex((word) => /^[|<>&;]$/.test(word));
  return words
    .slice(0, end === -1 ? undefined : end)
    .map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
}
