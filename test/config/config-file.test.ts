// Settings from a file: under what names, for which command, and what wins over them.

import { describe, expect, test } from 'vitest';
import { fieldGroups, generateFields } from '../../src/cli/generate-fields.ts';
import { textOf } from '../../src/config/given.ts';
import type { Machine } from '../../src/config/kinds.ts';
import { type Command, needsFurther, readCommand, sourceOf } from '../../src/config.ts';

const machine: Machine = {
  processorCount: 6,
  memoryBytes: 16 * 1024 ** 3,
  cacheDirectory: '/cache',
  temporaryDirectory: '/tmp',
};

interface Case {
  readonly files: Readonly<Record<string, unknown>>;
  readonly environment?: Record<string, string>;
}

function read(line: string, { files, environment = {} }: Case): Command {
  return readCommand(line.split(' '), {
    environment,
    machine,
    readFile: (name) => {
      const found = files[name];
      if (found === undefined) return null;
      return typeof found === 'string' ? found : JSON.stringify(found);
    },
    further: { table: generateFields, groups: fieldGroups },
  });
}

const settings = (line: string, given: Case) => {
  const command = read(line, given);
  return 'settings' in command ? command.settings : null;
};

const usual = (content: unknown): Case => ({ files: { 'kvasir.json': content } });

test('kvasir.json in the working directory is read, where there is one', () => {
  expect(settings('serve', usual({ port: 9000 }))).toMatchObject({ port: 9000 });
  expect(settings('serve', { files: {} })).toMatchObject({ port: 8000 });
});

test('--config and its variable name another one', () => {
  const files = { 'a.json': { port: 1 }, 'b.json': { port: 2 }, 'kvasir.json': { port: 3 } };
  const environment = { KVASIR_CONFIG: 'b.json' };
  expect(settings('serve', { files, environment })).toMatchObject({ port: 2 });
  expect(settings('serve --config a.json', { files, environment })).toMatchObject({ port: 1 });
});

test('a flag wins over a variable, that over a command of the file, and that over all of it', () => {
  const environment = { KVASIR_PORT: '3' };
  const content = { port: 1, threads: 1, serve: { port: 2 } };
  expect(settings('serve', usual({ port: 1 }))).toMatchObject({ port: 1 });
  expect(settings('serve', usual(content))).toMatchObject({ port: 2, threads: 1 });
  expect(settings('serve', { ...usual(content), environment })).toMatchObject({ port: 3 });
  expect(settings('serve --port 4', { ...usual(content), environment })).toMatchObject({ port: 4 });
});

test('a setting is for every command that has it, and a section for its own', () => {
  const content = { model: 'gpt2', 'max-queue': 5, eval: { limit: 7 }, pull: { revision: 'v1' } };
  expect(settings('serve', usual(content))).toMatchObject({ model: 'gpt2', maxQueue: 5 });
  expect(settings('eval', usual(content))).toMatchObject({ model: 'gpt2', limit: 7 });
  expect(settings('serve', usual({ pull: 'never' }))).toMatchObject({ pull: 'never' });
});

test.each([
  ['serve', { 'kv-memory': '3GiB' }, { kvMemoryBytes: 3 * 1024 ** 3 }],
  ['serve', { 'kv-memory': 2 ** 30 }, { kvMemoryBytes: 2 ** 30 }],
  ['serve', { 'gpu-memory': 0.5 }, { gpuMemory: { kind: 'share', share: 0.5 } }],
  ['serve', { 'gpu-memory': '2 GiB' }, { gpuMemory: { kind: 'bytes', bytes: 2 ** 31 } }],
  ['serve', { 'queue-timeout': 1.5 }, { queueTimeoutMs: 1500 }],
  ['serve', { 'log-prompts': true }, { logPrompts: true }],
  ['serve', { 'allowed-hosts': ['a', 'B'] }, { allowedHosts: ['a', 'b'] }],
  ['serve', { 'allowed-hosts': 'a, b' }, { allowedHosts: ['a', 'b'] }],
  ['serve', { port: null }, { port: 8000 }],
  ['doctor', { batches: [1, 2] }, { batches: [1, 2] }],
])('%s takes %j', (command, content, expected) => {
  expect(settings(command, usual(content))).toMatchObject(expected);
});

test('a field of the API is also for nobody in particular, and other commands pass it over', () => {
  const content = { 'max-tokens': 5, port: 1 };
  expect(read('generate A', usual(content))).toMatchObject({ body: { max_tokens: 5 } });
  expect(settings('serve', usual(content))).toMatchObject({ port: 1 });
});

test.each([
  ['generate A', {}, '', true],
  ['help generate', {}, '', true],
  ['serve', {}, '', false],
  ['serve', {}, 'kvasir.json', true],
  ['serve --config a.json', {}, '', true],
  ['serve', { KVASIR_CONFIG: 'a.json' }, '', true],
])(
  'the fields are asked for where they may be needed: %s, %j, %s',
  (line, environment, file, is) => {
    expect(needsFurther(line.split(' '), environment, (name) => name === file)).toBe(is);
  },
);

test('fields of the API stand in the section of generate, as the API has them', () => {
  const content = { generate: { 'max-tokens': 5, stop: ['a', 'b'], 'logit-bias': { '5': 1 } } };
  expect(read('generate A', usual(content))).toMatchObject({
    body: { max_tokens: 5, stop: ['a', 'b'], logit_bias: { '5': 1 } },
  });
  expect(read('generate A --stop c', usual(content))).toMatchObject({ body: { stop: 'c' } });
});

describe('a file that is wrong is refused, with the place', () => {
  test.each([
    ['serve', { prot: 1 }, 'kvasir.json has an unknown setting "prot": did you mean "port"?'],
    [
      'serve',
      { serve: { model_: 'x' } },
      'kvasir.json, serve has an unknown setting "model_": did you mean "model"?',
    ],
    ['serve', { list: { port: 1 } }, 'kvasir.json, list has an unknown setting "port"'],
    ['serve', { sevre: { port: 1 } }, '"sevre": did you mean "serve"?'],
    ['serve', { max_queue: 1 }, 'did you mean "max-queue"?'],
    ['generate A', { generate: { top_k: 1 } }, 'did you mean "top-k"?'],
    [
      'serve',
      { port: '8000' },
      'kvasir.json: port must be a whole number from 0 to 65535, got "8000"',
    ],
    ['serve', { serve: { port: 99999 } }, 'kvasir.json, serve: port must be a whole number'],
    ['serve', { 'log-prompts': 'yes' }, 'log-prompts must be true or false, got "yes"'],
    ['serve', { 'allowed-hosts': [1] }, 'allowed-hosts must be host names'],
    ['serve', { model: 5 }, 'kvasir.json: model must be storyteller, a folder, or'],
    ['generate A', { generate: { temperature: 7 } }, 'temperature must be a number from 0 to 2'],
    [
      'serve',
      { 'api-keys': 'sk' },
      'api-keys is not for files, which get about: set KVASIR_API_KEYS',
    ],
    ['serve', { KVASIR_PORT: 1 }, '"KVASIR_PORT": did you mean "port"?'],
    ['serve', { HF_TOKEN: 'hf' }, 'hub-token is not for files, which get about: set HF_TOKEN'],
    ['serve', { serve: 9000 }, `kvasir.json: "serve" must be an object of that command's settings`],
    ['serve', '[1]', 'kvasir.json must hold an object of settings, as in {"model": "gpt2"}'],
    ['serve', '{"port": }', 'kvasir.json is no JSON'],
  ])('%s: %j', (line, content, message) => {
    expect(() => read(line, usual(content))).toThrow(message);
  });

  test('a file that was named and is not there', () => {
    expect(() => read('serve --config x.json', { files: {} })).toThrow(
      '--config x.json: there is no such file',
    );
  });

  test('a named file that is wrong, with the flag that named it', () => {
    expect(() => read('serve --config x', { files: { x: 'root:x' } })).toThrow(
      '--config: x is no JSON',
    );
    expect(() => textOf(import.meta.dirname)).toThrow(
      /^--config: .* is a folder; it must be a JSON/,
    );
  });

  test('no secret is repeated', () => {
    expect(() => read('serve', usual({ 'hub-token': 'hf_secret' }))).toThrow(/^(?!.*hf_secret)/);
  });
});

test('where keys go and machine code comes from is taken from a file that was named alone', () => {
  const content = { 'hub-endpoint': 'https://hub.example.com' };
  expect(() => read('pull gpt2', usual(content))).toThrow(
    /name the file with --config, or set HF_/,
  );
  const files = { 'mine.json': content };
  expect(settings('pull gpt2 --config mine.json', { files })).toMatchObject({
    hubEndpoint: 'https://hub.example.com',
  });
});

test('in the folder of an artifact, what the artifact says of itself is no file of settings', () => {
  const manifest = { signatureVersion: 1, files: [] };
  expect(settings('serve', usual(manifest))).toMatchObject({ port: 8000 });
  expect(() => read('serve --config a.json', { files: { 'a.json': manifest } })).toThrow(
    'a.json is not a file of settings: it says what an artifact is',
  );
});

test('of each setting it is known where it is from', () => {
  const given = { ...usual({ serve: { port: 1 } }), environment: { KVASIR_MODEL: 'x' } };
  const command = read('serve --host h', given);
  expect(sourceOf(command, '--port')).toBe('kvasir.json, serve');
  expect(sourceOf(command, '--model')).toBe('KVASIR_MODEL');
  expect(sourceOf(command, '--host')).toBe('--host');
  expect(sourceOf(command, '--threads')).toBe(null);
});

describe('--print-config', () => {
  const given = {
    ...usual({ serve: { port: 9000 } }),
    environment: {
      KVASIR_MODEL: 'gpt2',
      KVASIR_API_KEYS: 'sk-secret',
      HTTPS_PROXY: 'http://u:p@h',
    },
  };
  const text = (line: string) => (read(line, given) as { text: string }).text;

  test('is a table of all settings, and where they are from', () => {
    const lines = text('serve --print-config --host ::1').split('\n');
    expect(lines[0]).toMatch(/^SETTING +VALUE +FROM$/);
    const row = (name: string) => lines.find((line) => line.startsWith(`${name} `));
    expect(row('port')).toMatch(/^port +9000 +kvasir\.json, serve$/);
    expect(row('model')).toMatch(/^model +gpt2 +KVASIR_MODEL$/);
    expect(row('host')).toMatch(/^host +::1 +--host$/);
    expect(row('max-queue')).toMatch(/^max-queue +512 +default$/);
    expect(row('max-running')).toMatch(/^max-running +- +default: 32 on a CPU, 256 with CUDA$/);
    expect(row('KVASIR_API_KEYS')).toMatch(/^KVASIR_API_KEYS +\(hidden\) +KVASIR_API_KEYS$/);
  });

  test('with --json it is JSON', () => {
    const printed = JSON.parse(text('serve --print-config --json'));
    expect(printed).toContainEqual({
      setting: 'port',
      value: '9000',
      from: 'file',
      source: 'kvasir.json, serve',
    });
    expect(printed).toContainEqual({
      setting: 'threads',
      value: '6',
      from: 'default',
      source: 'the processors of this machine',
    });
  });

  test.each(['serve --print-config', 'serve --print-config --json'])('%s has no secret', (line) => {
    expect(text(line)).not.toMatch(/sk-secret|u:p/);
  });

  test('what must be given and is not is said, not refused', () => {
    expect(text('export --print-config')).toMatch(/^checkpoint +must be given$/m);
  });

  test('a value that cannot be is refused as ever', () => {
    expect(() => text('serve --print-config --port x')).toThrow('--port must be');
  });

  test('--json alone says what it goes with', () => {
    expect(() => text('serve --json')).toThrow('--json goes with --print-config');
  });
});
