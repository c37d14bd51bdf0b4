// What a command's settings become, wherever they were given, and how a wrong one is refused.

import { describe, expect, test } from 'vitest';
import type { Machine } from '../../src/config/kinds.ts';
import { commands } from '../../src/config/table.ts';
import { type Command, readCommand, type ServeSettings } from '../../src/config.ts';
import { ServeError } from '../../src/errors.ts';

const machine: Machine = {
  processorCount: 6,
  memoryBytes: 16 * 1024 ** 3,
  cacheDirectory: '/home/someone/.cache/kvasir',
  temporaryDirectory: '/tmp',
};

const hubDefaults = {
  hubEndpoint: 'https://huggingface.co',
  hubToken: '',
  hubTokenFile: '',
  hubOffline: false,
  httpsProxy: '',
  httpProxy: '',
  noProxy: '',
};

function read(line: string, environment: Record<string, string> = {}): Command {
  return readCommand(line.split(' ').filter(Boolean), { environment, machine });
}

function serve(flags: string, environment: Record<string, string> = {}): ServeSettings {
  const command = read(`serve ${flags}`, environment);
  if (command.name !== 'serve') throw new Error(`this is ${command.name}`);
  return command.settings;
}

function refusal(line: string, environment: Record<string, string> = {}): ServeError {
  try {
    read(line, environment);
  } catch (error) {
    if (error instanceof ServeError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

test('without flags, serve is what its help says', () => {
  expect(serve('')).toEqual({
    host: '127.0.0.1',
    port: 8000,
    model: 'storyteller',
    servedModelName: 'storyteller',
    chatTemplateFile: '',
    precision: 'auto',
    cachePrecision: 'auto',
    device: 'auto',
    threads: 6,
    kvMemoryBytes: 4 * 1024 ** 3,
    cudaLibraries: '',
    cudaRuntime: [],
    cudaDevice: 0,
    gpuMemory: { kind: 'share', share: 0.9 },
    cudaGraphs: 96,
    cudaAttention: 'flash',
    cudaArena: 'same-as-requested',
    cudaTf32: 'off',
    maxRunning: 0,
    maxQueue: 512,
    prefillChunkTokens: 0,
    prefixCache: 'on',
    speculation: 'auto',
    cacheDirectory: '/home/someone/.cache/kvasir',
    ...hubDefaults,
    pull: 'auto',
    allowedOrigins: [],
    allowedHosts: [],
    maxBodyBytes: 4 * 1024 ** 2,
    apiKeysFile: '',
    apiKeys: [],
    adminKeysFile: '',
    adminKeys: [],
    maxOpenRequests: 1024,
    maxSocketRequests: 64,
    socketPingMs: 30_000,
    queueTimeoutMs: 0,
    requestTimeoutMs: 0,
    stallTimeoutMs: 30_000,
    drainTimeoutMs: 30_000,
    logLevel: 'info',
    logPrompts: false,
  });
});

test('settings cannot be changed', () => {
  const settings = serve('--allowed-hosts a');
  expect(Object.isFrozen(settings)).toBe(true);
  expect(Object.isFrozen(settings.allowedHosts)).toBe(true);
});

test('a flag wins over its variable, and a variable over the default', () => {
  const environment = { KVASIR_PORT: '9000', KVASIR_MAX_QUEUE: '7' };
  expect(serve('--port 9001', environment)).toMatchObject({ port: 9001, maxQueue: 7 });
});

test('a variable that is set to nothing is not set', () => {
  expect(serve('', { KVASIR_PORT: '' }).port).toBe(8000);
});

test('the address that Kubernetes puts beside a service called kvasir is not a port', () => {
  expect(serve('', { KVASIR_PORT: 'tcp://10.0.0.7:8000' }).port).toBe(8000);
});

test('of a flag that is given twice the last counts', () => {
  expect(serve('--port 1 --port=2').port).toBe(2);
});

test.each([
  ['--kv-memory 3GiB', { kvMemoryBytes: 3 * 1024 ** 3 }],
  ['--kv-memory 1.5GiB', { kvMemoryBytes: 1.5 * 1024 ** 3 }],
  ['--kv-memory 512MiB', { kvMemoryBytes: 512 * 1024 ** 2 }],
  ['--kv-memory 2097152', { kvMemoryBytes: 2_097_152 }],
  ['--max-body 64KiB', { maxBodyBytes: 65_536 }],
  ['--drain-timeout 2.5', { drainTimeoutMs: 2500 }],
  ['--drain-timeout 0', { drainTimeoutMs: 0 }],
  ['--device cpu', { device: 'cpu' }],
  ['--gpu-memory 0.5', { gpuMemory: { kind: 'share', share: 0.5 } }],
  ['--gpu-memory 1', { gpuMemory: { kind: 'share', share: 1 } }],
  ['--gpu-memory 12GiB', { gpuMemory: { kind: 'bytes', bytes: 12 * 1024 ** 3 } }],
  ['--cuda-runtime /a/lib,/b', { cudaRuntime: ['/a/lib', '/b'] }],
  ['--log-prompts', { logPrompts: true }],
  ['--log-prompts --port 1', { logPrompts: true, port: 1 }],
  ['--log-prompts true', { logPrompts: true }],
  ['--log-prompts false --port 1', { logPrompts: false, port: 1 }],
  ['--log-prompts=false', { logPrompts: false }],
  ['--queue-timeout 1.5', { queueTimeoutMs: 1500 }],
  ['--request-timeout 0', { requestTimeoutMs: 0 }],
  ['--api-keys-file keys.txt', { apiKeysFile: 'keys.txt' }],
  ['--log-level silent', { logLevel: 'silent' }],
  [
    '--allowed-origins https://a.example,http://b.example:3000/',
    {
      allowedOrigins: ['https://a.example', 'http://b.example:3000'],
    },
  ],
  ['--allowed-origins https://A.example:443', { allowedOrigins: ['https://a.example'] }],
  [
    '--allowed-hosts Api.example.com,::1,box:8000',
    {
      allowedHosts: ['api.example.com', '[::1]', 'box:8000'],
    },
  ],
  ['--allowed-hosts *', { allowedHosts: ['*'] }],
  ['--model /models/mine', { servedModelName: 'mine' }],
  ['--model models/gpt2/', { servedModelName: 'gpt2' }],
  ['--model owner/repo@refs/pr/1', { servedModelName: 'repo' }],
  ['--model gpt2-xl', { servedModelName: 'gpt2-xl' }],
  ['--model models/gpt2 --served-model-name openai/gpt2', { servedModelName: 'openai/gpt2' }],
])('serve %s', (flags, expected) => {
  expect(serve(flags)).toMatchObject(expected);
});

test('what others chose the names of is found under them, in lower case, too', () => {
  const settings = serve('', {
    HF_ENDPOINT: 'https://mirror.example.com/hf/',
    HF_TOKEN: 'hf_x',
    HF_TOKEN_PATH: '/run/token',
    HF_HUB_OFFLINE: 'YES',
    https_proxy: 'http://a:1',
    NO_PROXY: 'b',
  });
  expect(settings).toMatchObject({
    hubEndpoint: 'https://mirror.example.com/hf',
    hubToken: 'hf_x',
    hubTokenFile: '/run/token',
    hubOffline: true,
    httpsProxy: 'http://a:1',
    httpProxy: '',
    noProxy: 'b',
  });
  expect(serve('', { HF_HUB_OFFLINE: '0' }).hubOffline).toBe(false);
  expect(read('list', { KVASIR_LIST_JSON: 'true' })).toMatchObject({ settings: { json: true } });
});

test('the name of a model comes without a flag, before or after the others', () => {
  expect(read('pull gpt2 --revision v1')).toMatchObject({ name: 'pull', model: 'gpt2' });
  expect(read('pull --revision v1 gpt2')).toMatchObject({
    model: 'gpt2',
    settings: { revision: 'v1' },
  });
  expect(read('rm owner/repo@x')).toMatchObject({ name: 'rm', model: 'owner/repo@x' });
});

test('keys may come from the environment, several of them', () => {
  const environment = { KVASIR_API_KEYS: 'sk-one, sk-two', KVASIR_ADMIN_KEYS: 'root' };
  expect(serve('', environment)).toMatchObject({
    apiKeys: ['sk-one', 'sk-two'],
    adminKeys: ['root'],
  });
});

test('other commands have settings of their own', () => {
  expect(read('export --checkpoint in --out=to')).toEqual({
    name: 'export',
    settings: {
      checkpointDirectory: 'in',
      outDirectory: 'to',
      precision: 'fp32',
      cachePrecision: 'auto',
      verify: 'auto',
      calibrationFile: '',
      cacheDirectory: '/home/someone/.cache/kvasir',
      pull: 'auto',
      ...hubDefaults,
    },
  });
  expect(read('init --size 355M --seed 7 --out to')).toEqual({
    name: 'init',
    settings: { size: '355M', seed: 7, outDirectory: 'to' },
  });
});

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
