// Completion for bash, whose `complete` calls a function with the words so far.

import type { CompletedCommand } from './model.ts';

export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const flags = commands.map(
    ({ name, flags, words }) =>
      `    ${name}) offered="${[...words, ...flags.map(({ flag }) => `--${flag}`)].join(' ')}" ;;`,
  );
  const values = commands.flatMap(({ name, flags }) =>
    flags
      .filter(({ takesValue }) => takesValue)
      .map(
        ({ flag, values, takesFile }) =>
          `    "${name} --${flag}") offered="${values.join(' ')}"; kind=${takesFile ? 'file' : 'value'} ;;`,
      ),
  );
  return `# kvasir: completion for bash. In ~/.bashrc: source <(kvasir completion bash)
_kvasir() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}"
  local command="\${COMP_WORDS[1]}" offered="" kind=""
  # --flag=value is three words to bash.
  if [[ $word == "=" ]]; then
    word=""
  elif [[ $before == "=" ]]; then
    before="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${names}" -- "$word"))
    return
  fi
  case "$command $before" in
${values.join('\n')}
  esac
  if [[ $kind == "" ]]; then
    case "$command" in
${flags.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$offered" -- "$word"))
  if [[ $kind == file ]]; then
    compopt -o filenames 2>/dev/null
    local IFS=$'\\n'
    COMPREPLY+=($(compgen -f -- "$word"))
  fi
}
complete -F _kvasir kvasir
`;
}
