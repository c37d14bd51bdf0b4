// Settings as a program gives them: by name, in JavaScript's own types, refused in the same words.

import { expect, test } from 'vitest';
import { optionName, readOptions } from '../../src/config/options.ts';
import type { ServerOptions } from '../../src/library/server.ts';
import {
  readModelName,
  requireNoModelOptions,
  type ServerSettings,
  serverTable,
} from '../../src/library/settings.ts';

const machine = {
  processorCount: 4,
  memoryBytes: 8 * 1024 ** 3,
  cacheDirectory: '/caches/kvasir',
  temporaryDirectory: '/tmp',
};

function read(options: object, environment: Record<string, string> = {}) {
  return readOptions(serverTable, options, environment, machine);
}

/** Every option that a server takes: the compiler sees to it that none is missing here or too many. */
const names: Record<Exclude<keyof ServerOptions, 'model'>, true> = {
  servedModelName: true,
  precision: true,
  kvPrecision: true,
  kvLayout: true,
  cacheDirectory: true,
  pull: true,
  hubEndpoint: true,
  hubToken: true,
  hubTokenFile: true,
  hubOffline: true,
  httpsProxy: true,
  httpProxy: true,
  noProxy: true,
  device: true,
  threads: true,
  kvMemory: true,
  maxRunning: true,
  maxQueue: true,
  prefillChunk: true,
  prefixCache: true,
  speculation: true,
  cudaLibraries: true,
  cudaRuntime: true,
  cudaDevice: true,
  gpuMemory: true,
  cudaGraphs: true,
  cudaAttention: true,
  cudaArena: true,
  cudaTf32: true,
  host: true,
  chatTemplate: true,
  apiKeys: true,
  apiKeysFile: true,
  adminKeys: true,
  adminKeysFile: true,
  allowedHosts: true,
  allowedOrigins: true,
  maxOpenRequests: true,
  maxSocketRequests: true,
  maxBody: true,
  queueTimeout: true,
  requestTimeout: true,
  drainTimeout: true,
  stallTimeout: true,
  socketPing: true,
  logPrompts: true,
  port: true,
  logLevel: true,
};

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Whether an option takes just the words of its setting. */
type Takes<O extends keyof ServerOptions, S extends keyof ServerSettings> = Same<
  ServerOptions[O],
  ServerSettings[S] | undefined
>;
type Choices = [
  Takes<'precision', 'precision'>,
  Takes<'kvPrecision', 'cachePrecision'>,
  Takes<'kvLayout', 'cacheLayout'>,
  Takes<'pull', 'pull'>,
  Takes<'device', 'device'>,
  Takes<'prefixCache', 'prefixCache'>,
  Takes<'speculation', 'speculation'>,
  Takes<'cudaAttention', 'cudaAttention'>,
  Takes<'cudaArena', 'cudaArena'>,
  Takes<'cudaTf32', 'cudaTf32'>,
  Takes<'logLevel', 'logLevel'>,
];
const areSame: Choices = [true, true, true, true, true, true, true, true, true, true, true];

test('options that are one of several words take just those', () => {
  expect(areSame).not.toContain(false);
});

test('every setting of kvasir serve is an option of src/library/options.ts', () => {
  const flags = Object.values(serverTable).map(({ flag }) => optionName(flag));
  expect(Object.keys(names).sort()).toEqual(flags.sort());
});

test("JavaScript's own types and words of the command line mean the same", () => {
  const given = {
    kvMemory: 2 * 1024 ** 3,
    queueTimeout: 1.5,
    allowedOrigins: ['https://a.example', 'https://b.example'],
    logPrompts: true,
    apiKeys: ['one', 'two'],
    gpuMemory: 0.5,
  };
  const words = {
    kvMemory: '2GiB',
    queueTimeout: 1.5,
    allowedOrigins: 'https://a.example, https://b.example',
    logPrompts: true,
    apiKeys: 'one,two',
    gpuMemory: '0.5',
  };
  expect(read(given)).toEqual(read(words));
  expect(read(given)).toMatchObject({
    kvMemoryBytes: 2 * 1024 ** 3,
    queueTimeoutMs: 1500,
    logPrompts: true,
    apiKeys: ['one', 'two'],
    gpuMemory: { kind: 'share', share: 0.5 },
  });
});

test('what is left out, undefined, or an empty list has its default', () => {
  expect(read({ threads: undefined, apiKeys: [], allowedHosts: [] })).toEqual(read({}));
  expect(read({})).toMatchObject({ threads: 4, port: 8000, apiKeys: [] });
});

test('variables count where nothing was said', () => {
  expect(read({}, { HF_TOKEN: 'hf_one' }).hubToken).toBe('hf_one');
  expect(read({ hubToken: 'hf_two' }, { HF_TOKEN: 'hf_one' }).hubToken).toBe('hf_two');
});

test.each([
  [{ maxRunning: 0 }, 'maxRunning must be a whole number from 1 to 1024, got 0'],
  [{ maxRunning: 1.5 }, 'maxRunning must be a whole number from 1 to 1024, got 1.5'],
  [{ queueTimeout: -1 }, /^queueTimeout must be a number of seconds from 0 to 86400;/],
  [{ kvMemory: '2GB' }, /^kvMemory must be bytes, or a number with KiB, .* got "2GB"$/],
  [{ logLevel: 'loud' }, /^logLevel must be one of silent, .* got "loud"$/],
  [{ threads: null }, /^threads must be .* got null$/],
  [{ cacheDirectory: {} }, 'cacheDirectory must be a folder, got {}'],
  [{ hubToken: 'not a token' }, /^hubToken must be a token of the hub, got something else$/],
  [{ apiKeys: ['first,second'] }, /^apiKeys must be keys of .* got something else$/],
  [{ apiKeys: ['first', undefined] }, /^apiKeys must be keys of/],
  [{ adminKeys: ['first', ''] }, /^adminKeys must be keys of/],
  [{ maxRuning: 1 }, 'unknown option maxRuning: did you mean maxRunning?'],
  [{ 'max-running': 1 }, 'unknown option max-running: did you mean maxRunning?'],
])('%j is refused', (options, message) => {
  expect(() => read(options)).toThrow(message);
});

test.each(['', 5, null, {}])('%j is no model', (name) => {
  expect(() => readModelName(name)).toThrow(/^model must be a name or a folder/);
});

test('what a model was loaded with is not for a server to say', () => {
  expect(() => requireNoModelOptions({ port: 1, threads: undefined })).not.toThrow();
  expect(() => requireNoModelOptions({ threads: 2 })).toThrow(
    /^threads: the model is loaded already/,
  );
});
