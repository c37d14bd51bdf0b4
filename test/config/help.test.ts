// What commands say of themselves.

import { describe, expect, test } from 'vitest';
import { commands } from '../../src/config/table.ts';
import { readCommand } from '../../src/config.ts';
import { read, refusal } from './reading.ts';

describe('help', () => {
  test.each(['', 'help', '--help', '-h'])('kvasir %s lists the commands', (line) => {
    const command = read(line);
    expect(command.name).toBe('help');
    for (const name of Object.keys(commands)) {
      expect((command as { text: string }).text).toContain(`  ${name}`);
    }
  });

  test('what is no command is refused with those that there are', () => {
    const { message } = refusal('constructor');
    expect(message).toMatch(/^unknown command constructor: there are serve, .*rm/);
    for (const name of Object.keys(commands)) expect(message).toContain(name);
  });

  test.each(['help serve', 'serve --help', '-h serve'])('kvasir %s is the same help', (line) => {
    expect(read(line)).toEqual(read('serve -h'));
  });

  test.each(['version', '--version', '-v', '-V'])('kvasir %s says what this is', (line) => {
    expect((read(line) as { text: string }).text).toMatch(
      /^kvasir \d+\.\d+\.\d+, on Node \d+\.\S+ and ONNX Runtime \d+\.\S+$/,
    );
  });

  test('each setting of serve stands under one heading', () => {
    const { groups, settings } = commands.serve;
    const grouped = Object.values(groups).flatMap((table) => Object.keys(table));
    expect(grouped.sort()).toEqual(Object.keys(settings).sort());
    const { text } = read('serve --help') as { text: string };
    for (const heading of Object.keys(groups))
      expect(text).toContain(`\n${heading.toUpperCase()}\n`);
  });

  test('a command that takes a name says so, and what it may be', () => {
    const { text } = read('pull --help') as { text: string };
    expect(text).toMatch(/^kvasir pull NAME: .*\n\nNAME is owner\/repo, /);
    expect(text).toContain('\n  HF_TOKEN\n');
    expect(text).toContain('\n  --hub-endpoint URL    HF_ENDPOINT\n');
  });

  test('what only a flag can ask for has no variable beside it', () => {
    const { text } = read('export --help') as { text: string };
    expect(text).toContain('\n  --print-config [true|false]\n');
    expect(text).toContain('\n  --json [true|false]\n      with --print-config: as JSON\n');
  });

  test.each(['', 'generate --help', 'serve --help', 'list --help'])(
    'kvasir %s fits a narrow terminal, but for what cannot be broken',
    (line) => {
      const words = line.split(' ').filter(Boolean);
      const { text } = readCommand(words, { environment: {}, width: 40 }) as { text: string };
      const long = text.split('\n').filter((each) => each.length > 40);
      // Names with their variables, and command lines to be copied.
      for (const each of long)
        expect(each).toMatch(/^ {2}(--\S+ \S+ {4}[A-Z_]+|kvasir .*|cat .*)$/);
      expect(text.split('\n').every((each) => each === each.trimEnd())).toBe(true);
    },
  );

  test('a command explains each setting, with variable, limits and default', () => {
    const help = read('serve --port nonsense --help') as { text: string };
    expect(help.text).toContain(
      '  --prefill-chunk NUMBER    KVASIR_PREFILL_CHUNK\n' +
        '      most prompt tokens of one step; fewer while others read along, to keep their pace\n' +
        '      a whole number of tokens from 2 to 65536; default: 256 on a CPU, 1024 with CUDA\n',
    );
    expect(help.text).toMatch(/default 4GiB, a quarter of\s+the memory/);
    expect(help.text).toContain('default 6, the processors of this machine');
    for (const { flag, from } of Object.values(commands.serve.settings)) {
      expect(help.text.includes(`--${flag} `)).toBe(from !== 'variable');
    }
    expect(help.text).toContain('  KVASIR_API_KEYS\n');
    expect(help.text).toContain('--log-prompts [true|false]    KVASIR_LOG_PROMPTS\n');
    expect(help.text).toContain('0 for as long as it takes; default 0 s');
  });

  test('what must be given says so', () => {
    expect((read('init -h') as { text: string }).text).toContain('a folder; required');
  });
});
