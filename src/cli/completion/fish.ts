// Completion for fish: a line for each thing that may be completed, and when.

import type { CompletedCommand, CompletedFlag } from './model.ts';

export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c kvasir -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.meaning)}`,
    ...command.words.map((word) => `${within(command)} -f -a ${word}`),
    ...command.flags.map((flag) => `${within(command)} ${flagWords(flag)}`),
  ]);
  return `# kvasir: completion for fish. In ~/.config/fish/config.fish: kvasir completion fish | source
${lines.join('\n')}
`;
}

function within({ name }: CompletedCommand): string {
  return `complete -c kvasir -n '__fish_seen_subcommand_from ${name}'`;
}

function flagWords({ flag, meaning, takesValue, values, takesFile }: CompletedFlag): string {
  const value = !takesValue ? '' : takesFile ? ' -r -F' : ' -x';
  const offered = values.length === 0 ? '' : ` -a ${quoted(values.join(' '))}`;
  return `-l ${flag}${value}${offered} -d ${quoted(meaning)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
