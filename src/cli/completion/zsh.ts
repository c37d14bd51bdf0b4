// Completion for zsh, by its _describe and _arguments.

import type { CompletedCommand, CompletedFlag } from './model.ts';

export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const described = commands.map(
    ({ name, meaning }) => `    ${quoted(`${name}:${meaning.replaceAll(':', '\\:')}`)}`,
  );
  const cases = commands.map(({ name, flags, words }) => {
    const specs = flags.map((flag) => quoted(specOf(flag)));
    const operand = words.length === 0 ? [] : [quoted(`1:word:(${words.join(' ')})`)];
    return `    ${name})\n      _arguments ${[...specs, ...operand].join(' \\\n        ')}\n      ;;`;
  });
  return `#compdef kvasir
# kvasir: completion for zsh. In ~/.zshrc, after compinit: source <(kvasir completion zsh)
_kvasir() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
compdef _kvasir kvasir
`;
}

function specOf({
  flag,
  meaning,
  placeholder,
  takesValue,
  values,
  takesFile,
}: CompletedFlag): string {
  const what = `--${flag}[${escaped(meaning)}]`;
  if (!takesValue) return what;
  const action =
    values.length > 0 && !takesFile ? `(${values.join(' ')})` : takesFile ? '_files' : ' ';
  return `${what}:${escaped(placeholder)}:${action}`;
}

/** Within a spec of _arguments. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
