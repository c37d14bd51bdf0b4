// What a command's settings become, wherever they were given.

import { expect, test } from 'vitest';
import { read, serve } from './reading.ts';

const hubDefaults = {
  hubEndpoint: 'https://huggingface.co',
  hubToken: '',
  hubTokenFile: '',
  hubOffline: false,
  httpsProxy: '',
  httpProxy: '',
  noProxy: '',
};
test('without flags, serve is what its help says', () => {
  expect(serve('')).toEqual({
    host: '127.0.0.1',
    port: 8000,
    model: 'storyteller',
    servedModelName: 'storyteller',
    chatTemplateFile: '',
    precision: 'auto',
    cachePrecision: 'auto',
    cacheLayout: 'auto',
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
      cacheLayout: 'rows',
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
