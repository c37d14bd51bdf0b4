// The benchmarks: `npm run bench` prints a quick table of Kvasir alone, `npm run bench -- NAME` one comparison of
// several servers of the same weights. docs/benchmarks.md says what each measures.

import { exitOnSignals } from './child.ts';
import type { Command } from './command.ts';
import { quick } from './quick.ts';
import { closedLoop } from './scenarios/closed-loop.ts';
import { exports } from './scenarios/exports.ts';
import { interruption } from './scenarios/interruption.ts';
import { openLoop } from './scenarios/open-loop.ts';
import { repetition } from './scenarios/repetition.ts';
import { scoring } from './scenarios/scoring.ts';
import { sharedPrefix } from './scenarios/shared-prefix.ts';
import { steps } from './scenarios/steps.ts';

const commands: Readonly<Record<string, Command>> = {
  quick,
  'closed-loop': closedLoop,
  'open-loop': openLoop,
  'shared-prefix': sharedPrefix,
  scoring,
  interruption,
  steps,
  repetition,
  export: exports,
};

function usage(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(
    ([name, { meaning }]) => `  ${name.padEnd(width)}  ${meaning}`,
  );
  return ['npm run bench -- [NAME] [flags]', '', ...lines, '', 'NAME --help: its flags'].join('\n');
}

async function main(given: readonly string[]): Promise<void> {
  const isNamed = given[0] !== undefined && !given[0].startsWith('-');
  const name = isNamed ? given[0]! : 'quick';
  const chosen = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (chosen === undefined) throw new Error(`there is no ${name}\n\n${usage()}`);
  const flags = isNamed ? given.slice(1) : given;
  if (!flags.includes('--help')) await chosen.run(flags);
  else console.log(isNamed ? chosen.usage(name) : usage());
}

exitOnSignals();
try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exit(1);
}
