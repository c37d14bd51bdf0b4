// How a wrong setting is refused, wherever it was given.

import { describe, expect, test } from 'vitest';
import { refusal } from './reading.ts';

describe('a wrong setting is refused, with its name and what it accepts', () => {
  test.each([
    ['--port 65536', '--port', '--port must be a whole number from 0 to 65535, got "65536"'],
    ['--port -1', '--port', 'got "-1"'],
    ['--port 80a', '--port', 'got "80a"'],
    ['--port=', '--port', 'got ""'],
    ['--host=', '--host', '--host must be an IP address or a host name, got ""'],
    ['--kv-memory 3GB', '--kv-memory', 'KiB, MiB, GiB or TiB, from 1MiB to 1TiB, got "3GB"'],
    ['--kv-memory 1KiB', '--kv-memory', 'got "1KiB"'],
    ['--prefill-chunk 1', '--prefill-chunk', 'a whole number of tokens from 2 to 65536'],
    ['--log-prompts=maybe', '--log-prompts', 'must be true or false, got "maybe"'],
    ['--stall-timeout 0', '--stall-timeout', 'a number of seconds from 1 to 3600'],
    ['--device gpu', '--device', '--device must be one of auto, cpu, cuda, got "gpu"'],
    ['--kv-precision int4', '--kv-precision', 'one of auto, fp32, fp16, int8, got "int4"'],
    ['--precision int3', '--precision', 'one of auto, fp32, fp16, int8, int4, got "int3"'],
    ['--drain-timeout 1h', '--drain-timeout', 'a number of seconds from 0 to 3600'],
    ['--allowed-origins example.com', '--allowed-origins', 'origins like https://example.com'],
    ['--allowed-origins https://a.example/path', '--allowed-origins', 'origins like'],
    ['--hub-endpoint huggingface.co', '--hub-endpoint', 'an address like https://'],
    ['--hub-endpoint https://me@h', '--hub-endpoint', 'an address like https://'],
    ['--pull always', '--pull', '--pull must be one of auto, never'],
    ['--allowed-hosts http://a', '--allowed-hosts', 'host names'],
  ])('serve %s', (flags, param, message) => {
    const error = refusal(`serve ${flags}`);
    expect(error).toMatchObject({ code: 'invalid_setting', param });
    expect(error.message).toContain(message);
  });

  test('a variable is named, not its flag', () => {
    expect(refusal('serve', { KVASIR_PORT: 'high' }).message).toBe(
      'KVASIR_PORT must be a whole number from 0 to 65535, got "high"',
    );
  });

  test('a flag without its value', () => {
    const message = '--port needs a value: a whole number from 0 to 65535';
    expect(refusal('serve --port').message).toBe(message);
    expect(refusal('serve --port --host x').message).toBe(message);
  });

  test('a setting that must be given', () => {
    expect(refusal('export --out x').message).toBe(
      '--checkpoint (or KVASIR_CHECKPOINT) is required: folder of the checkpoint, or its name at the hub',
    );
  });

  test('a list of keys is not given on the command line, which everybody can read', () => {
    const error = refusal('serve --api-keys secret');
    expect(error.message).toContain('set KVASIR_API_KEYS');
    expect(error.message).not.toContain('secret');
  });

  test.each(['two words', ',', 'größe'])('keys %j are refused, and not repeated', (given) => {
    const { message } = refusal('serve', { KVASIR_ADMIN_KEYS: given });
    expect(message).toContain('KVASIR_ADMIN_KEYS must be keys of visible characters');
    expect(message).toContain('got something else');
  });

  test.each([
    ['serve --prot 80', 'unknown flag --prot: did you mean --port?'],
    ['serve --kv-memroy 1GiB', 'unknown flag --kv-memroy: did you mean --kv-memory?'],
    ['serve --flavour sweet', 'unknown flag --flavour: see --help'],
    ['pull gpt2 --json', '--json goes with --print-config here'],
    ['pull gpt2 --precision int8', 'unknown flag --precision: did you mean --revision?'],
    ['serve --kv-memory 2 GiB', '--kv-memory 2 GiB: write it as one word, as in --kv-memory 2GiB'],
    ['serve --gpu-memory 2 gb', '--gpu-memory 2 gb: write it as one word, as in --gpu-memory 2GiB'],
    ['completion', 'kvasir completion needs a SHELL: one of bash, zsh, fish'],
    ['completion tcsh', 'kvasir completion needs a SHELL: one of bash, zsh, fish, got "tcsh"'],
    ['list --json maybe', '--json must be true or false, got "maybe"'],
    ['serve --log-prompts yes', '--log-prompts must be true or false, got "yes"'],
    ['cuda', 'kvasir cuda: there is "kvasir cuda install" only'],
    ['cuda remove', 'kvasir cuda remove: there is "kvasir cuda install" only'],
    ['serv --port 80', 'unknown command serv: did you mean serve?'],
    ['ls', 'unknown command ls: did you mean list?'],
    ['remove gpt2', 'unknown command remove: did you mean rm?'],
    ['help serv', 'unknown command serv: did you mean serve?'],
    ['--port 80', 'a command comes before flags, as in: kvasir serve --port 80'],
    ['serve gpt2', '"gpt2" is not a flag: did you mean --model gpt2?'],
    ['export gpt2 --out x', '"gpt2" is not a flag: did you mean --checkpoint gpt2?'],
    ['serve -p 80', '"-p" is not a flag; flags begin with --'],
    ['list all', '"all" is not a flag; flags begin with --'],
    ['pull a b', '"b" is one too many after "a": put quotes around words that belong together'],
    ['pull -f a', '"-f" is not a flag; flags begin with --'],
    [
      'rm',
      'kvasir rm needs a NAME: a name as kvasir list shows it, or one of its revisions: gpt2@607a30d',
    ],
  ])('%s', (line, message) => {
    expect(refusal(line).message).toBe(message);
  });
});
