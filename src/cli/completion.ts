// `kvasir completion`: the commands, their flags and the values of these, as a shell wants to be told.

import { commonFor } from '../config/common-table.ts';
import type { Setting } from '../config/kinds.ts';
import { type Shell, shells } from '../config/table.ts';
import { allCommands } from './all-commands.ts';
import { bashCompletion } from './completion/bash.ts';
import { fishCompletion } from './completion/fish.ts';
import type { CompletedCommand, CompletedFlag } from './completion/model.ts';
import { zshCompletion } from './completion/zsh.ts';

const writers = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export function runCompletion(shell: Shell): void {
  process.stdout.write(completionFor(shell));
}

export function completionFor(shell: Shell): string {
  return writers[shell](completedCommands());
}

function completedCommands(): readonly CompletedCommand[] {
  const commands = Object.entries(allCommands).map(([name, { meaning, settings }]) => ({
    name,
    meaning,
    words: operands[name] ?? [],
    flags: Object.values({ ...settings, ...commonFor(settings) })
      .filter(({ from }) => from !== 'variable')
      .map(completedFlag),
  }));
  const names = commands.map(({ name }) => name);
  return [...commands, { name: 'help', meaning: 'explains a command', words: names, flags: [] }];
}

/** Of commands that take a word out of few. */
const operands: Readonly<Record<string, readonly string[]>> = {
  completion: shells,
  cuda: ['install'],
  pull: allCommands.serve.settings['model']!.values.filter((name) => name !== 'storyteller'),
};

function completedFlag({
  flag,
  from,
  meaning,
  placeholder,
  values,
}: Setting<unknown>): CompletedFlag {
  return {
    flag,
    meaning,
    placeholder,
    takesValue: from !== 'switch',
    values,
    takesFile: /FILE|FOLDER|MODEL/.test(placeholder),
  };
}
