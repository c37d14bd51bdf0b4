// Completion as shells do it: the scripts are sourced, and asked what they offer.

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { allCommands } from '../../src/cli/all-commands.ts';
import { completionFor } from '../../src/cli/completion.ts';

const bash = completionFor('bash');
const zsh = completionFor('zsh');
const fish = completionFor('fish');

function has(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

function unlessThere(program: string): [boolean, string] {
  const isMissing = !has(program);
  return [isMissing, isMissing ? ` (skipped: there is no ${program})` : ''];
}

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const script = `${bash}
COMP_WORDS=(kvasir ${quoted}); COMP_CWORD=${words.length}; _kvasir
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('in bash', () => {
  test('the commands', () => {
    expect(offered('')).toEqual([...Object.keys(allCommands), 'help']);
    expect(offered('ex')).toEqual(['export']);
    expect(offered('help', 'ini')).toEqual(['init']);
  });

  test('the flags of each command, all of them', () => {
    for (const [name, { settings }] of Object.entries(allCommands)) {
      const flags = Object.values(settings)
        .filter(({ from }) => from !== 'variable')
        .map(({ flag }) => `--${flag}`);
      expect(offered(name, '--')).toEqual(expect.arrayContaining(flags));
      expect(offered(name, '--conf')).toEqual(['--config']);
    }
  });

  test('the values of a flag, with a space or = between', () => {
    expect(offered('serve', '--device', '')).toEqual(['auto', 'cpu', 'cuda']);
    expect(offered('serve', '--device', 'cu')).toEqual(['cuda']);
    expect(offered('serve', '--device', '=')).toEqual(['auto', 'cpu', 'cuda']);
    expect(offered('serve', '--device', '=', 'a')).toEqual(['auto']);
    expect(offered('generate', '--top-p-mode', '')).toEqual(['usual', 'gpt2']);
    expect(offered('serve', '--port', '')).toEqual([]);
  });

  test('a folder or a name where both may be, and files where files may be', () => {
    expect(offered('serve', '--model', 'stor')).toEqual(['storyteller']);
    expect(offered('serve', '--model', 'mod')).toEqual(['models']);
    expect(offered('eval', '--text', 'READ')).toEqual(['README.md']);
  });

  test('what a command takes without a flag', () => {
    expect(offered('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
    expect(offered('pull', 'gpt2-x')).toEqual(['gpt2-xl']);
  });

  test('it is what `complete` calls', () => {
    const { stdout } = spawnSync('bash', ['-c', `${bash}\ncomplete -p kvasir`], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('complete -F _kvasir kvasir\n');
  });
});

const [noZsh, whyNoZsh] = unlessThere('zsh');

describe.skipIf(noZsh)(`in zsh${whyNoZsh}`, () => {
  test('the script is one, and completes kvasir', () => {
    const script = `autoload -U compinit && compinit -D -u\n${zsh}\necho $_comps[kvasir]`;
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '_kvasir\n', stderr: '' });
  });

  test('flags and values are understood by _arguments', () => {
    // _arguments says what is wrong with its specs where it is called.
    const script = `autoload -U compinit && compinit -D -u
zmodload zsh/zutil
_arguments() { local spec; for spec in "$@"; do
  [[ $spec == (--[a-z0-9-]##'['*']'(|:*:*)|1:word:'('*')') ]] || print -r -- "wrong: $spec"; done }
setopt extendedglob
${zsh}
for name in ${Object.keys(allCommands).join(' ')}; do words=(kvasir $name ''); CURRENT=3; _kvasir; done`;
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  });
});

const [noFish, whyNoFish] = unlessThere('fish');

describe.skipIf(noFish)(`in fish${whyNoFish}`, () => {
  const complete = (line: string) => {
    const script = `${fish}\ncomplete -C '${line}'`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return stdout.split('\n').flatMap((each) => (each === '' ? [] : [each.split('\t')[0]]));
  };

  test('the commands, flags and values', () => {
    expect(complete('kvasir ex')).toEqual(['export']);
    expect(complete('kvasir serve --log-')).toEqual(['--log-level', '--log-prompts']);
    expect(complete('kvasir serve --device cu')).toEqual(['cuda']);
    expect(complete('kvasir completion z')).toEqual(['zsh']);
  });
});
