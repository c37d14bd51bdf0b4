// The settings of `kvasir serve`.

import { cacheLayouts, cachePrecisions, precisions } from '../../models/manifest.ts';
import { publishedNames } from '../hub/model-name.ts';
import { cuda } from './cuda-table.ts';
import { cacheDirectory, pulling } from './hub-table.ts';
import { choice, list, type Setting, secrets, text, toggle } from './kinds.ts';
import { hostName, keyCharacters, keyName, originName } from './names.ts';
import { bytes, integer, seconds, zeroFor } from './quantities.ts';

const GiB = 1024 ** 3;

export const precisionMeaning = 'number format of the weights that a checkpoint is exported with';
export const cachePrecisionMeaning =
  'number format of keys and values; int8 takes a quarter of the memory, fp16 goes with weights in fp16';

export const cacheLayoutMeaning =
  'what the cache is made of: rows, one for each sequence, or blocks that sequences share, which is ' +
  'called paged, goes with weights in fp16 and runs on CUDA';

/** What an artifact was exported with is no choice any more. */
const servedPrecision = {
  fallback: 'auto',
  because: "an artifact's own, fp32 for a checkpoint",
} as const;

function keysFile(flag: string, meaning: string): Setting<string> {
  return text(flag, {
    meaning: `${meaning}, one a line, # before comments`,
    placeholder: 'FILE',
    accepts: 'a file',
    fallback: '',
    because: 'none',
  });
}

const address = {
  host: text('host', {
    meaning: 'address to listen on; 0.0.0.0 for every interface',
    placeholder: 'ADDRESS',
    accepts: 'an IP address or a host name',
    fallback: '127.0.0.1',
  }),
  port: integer('port', {
    meaning: 'port to listen on; 0 lets the system choose',
    least: 0,
    most: 65535,
    fallback: 8000,
  }),
};

const served = {
  model: text('model', {
    meaning: 'a built-in model, a folder with a checkpoint or an artifact, or a name at the hub',
    placeholder: 'MODEL',
    accepts: 'storyteller, a folder, or a name like gpt2 or owner/repo',
    fallback: 'storyteller',
    values: ['storyteller', ...publishedNames],
  }),
  servedModelName: text('served-model-name', {
    meaning: 'what clients call the model',
    placeholder: 'NAME',
    accepts: 'a name',
    fallback: '',
    because: "the model's own name",
  }),
  chatTemplateFile: text('chat-template', {
    meaning: 'how the messages of a chat become a text; without it chats are refused',
    placeholder: 'FILE',
    accepts: 'a JSON file',
    fallback: '',
    because: 'none',
  }),
  precision: choice('precision', {
    meaning: precisionMeaning,
    among: ['auto', ...precisions],
    ...servedPrecision,
  }),
  cachePrecision: choice('kv-precision', {
    meaning: cachePrecisionMeaning,
    among: ['auto', ...cachePrecisions],
    ...servedPrecision,
  }),
  cacheLayout: choice('kv-layout', {
    meaning: cacheLayoutMeaning,
    among: ['auto', ...cacheLayouts],
    fallback: 'auto',
    because: "an artifact's own, rows for a checkpoint",
  }),
};

const fetching = {
  cacheDirectory,
  ...pulling,
};

const computing = {
  device: choice('device', {
    meaning: 'what the model runs on',
    among: ['auto', 'cpu', 'cuda'],
    fallback: 'auto',
  }),
  threads: integer('threads', {
    meaning: 'threads that the model computes with',
    least: 1,
    most: 1024,
    fallback: (machine) => machine.processorCount,
    because: 'the processors of this machine',
  }),
  kvMemoryBytes: bytes('kv-memory', {
    meaning: 'memory of the host for keys and values; decides how many sequences fit on a CPU',
    least: 1024 ** 2,
    most: 1024 * GiB,
    fallback: (machine) => Math.floor(machine.memoryBytes / 4),
    because: 'a quarter of the memory',
  }),
  ...cuda,
  maxRunning: zeroFor(
    integer('max-running', {
      meaning: 'sequences that generate at the same time, memory permitting',
      least: 1,
      most: 1024,
      fallback: 0,
      because: '32 on a CPU, 256 with CUDA',
    }),
  ),
  prefillChunkTokens: zeroFor(
    integer('prefill-chunk', {
      meaning: 'most prompt tokens of one step; fewer while others read along, to keep their pace',
      unit: 'tokens',
      least: 2,
      most: 65536,
      fallback: 0,
      because: '256 on a CPU, 1024 with CUDA',
    }),
  ),
  prefixCache: choice('prefix-cache', {
    meaning: 'whether prompts reuse what the cache keeps of earlier ones; no output depends on it',
    among: ['on', 'off'],
    fallback: 'on',
  }),
  speculation: choice('speculation', {
    meaning: 'whether a text that runs alone is drafted ahead where it repeats itself',
    among: ['auto', 'on', 'off'],
    fallback: 'auto',
    because: 'on for weights in fp32 and for an int8 cache',
  }),
};

const callers = {
  apiKeysFile: keysFile('api-keys-file', 'clients must show one of the keys in this file'),
  apiKeys: secrets('api-keys', {
    meaning: 'clients must show one of these keys, or of the file',
    accepts: `keys of ${keyCharacters}, with commas between`,
    item: keyName,
  }),
  adminKeysFile: keysFile('admin-keys-file', 'operators may use /admin with a key in this file'),
  adminKeys: secrets('admin-keys', {
    meaning: 'operators may use /admin with one of these keys, or of the file',
    accepts: `keys of ${keyCharacters}, with commas between`,
    item: keyName,
  }),
  allowedHosts: list('allowed-hosts', {
    meaning: 'names this server may be reached under, besides loopback and --host',
    accepts: 'host names, with or without a port, with commas between; * allows any',
    item: hostName,
    fallback: [],
  }),
  allowedOrigins: list('allowed-origins', {
    meaning: 'web pages of these origins may use the server',
    accepts: 'origins like https://example.com, with commas between; * allows any',
    item: originName,
    fallback: [],
  }),
};

const limits = {
  maxQueue: integer('max-queue', {
    meaning: 'sequences that may wait; more are turned away at once',
    least: 1,
    most: 1_000_000,
    fallback: 512,
  }),
  maxOpenRequests: integer('max-open-requests', {
    meaning:
      'requests that may be open, answers on their way included; more are turned away at once',
    least: 1,
    most: 1_000_000,
    fallback: 1024,
  }),
  maxSocketRequests: integer('max-socket-requests', {
    meaning: 'completions that one WebSocket may have open',
    least: 1,
    most: 1_000_000,
    fallback: 64,
  }),
  maxBodyBytes: bytes('max-body', {
    meaning: 'largest request body or socket message',
    least: 1024,
    most: GiB,
    fallback: 4 * 1024 ** 2,
  }),
  queueTimeoutMs: seconds('queue-timeout', {
    meaning:
      'how long a request may wait before any of its texts starts; then it ends with an error',
    least: 0,
    most: 86_400_000,
    zero: 'as long as it takes',
    fallback: 0,
  }),
  requestTimeoutMs: seconds('request-timeout', {
    meaning: 'how long a request may take in all; then it ends with an error',
    least: 0,
    most: 86_400_000,
    zero: 'as long as it takes',
    fallback: 0,
  }),
  drainTimeoutMs: seconds('drain-timeout', {
    meaning: 'how long open requests may take to end when the server is told to stop',
    least: 0,
    most: 3_600_000,
    fallback: 30_000,
  }),
  stallTimeoutMs: seconds('stall-timeout', {
    meaning: 'how long the model may compute without a result before the server is not ready',
    least: 1000,
    most: 3_600_000,
    fallback: 30_000,
  }),
  socketPingMs: seconds('socket-ping', {
    meaning: 'how often a WebSocket is asked for a sign of life; one that gives none is closed',
    least: 0,
    most: 3_600_000,
    zero: 'never',
    fallback: 30_000,
  }),
};

const logging = {
  logLevel: choice('log-level', {
    meaning: 'least important thing that is logged: info has each completion, debug every request',
    among: ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    fallback: 'info',
  }),
  logPrompts: toggle('log-prompts', {
    meaning: 'logs what completions were asked for, too: the texts of their prompts',
  }),
};

export const serve = {
  ...address,
  ...served,
  ...fetching,
  ...computing,
  ...callers,
  ...limits,
  ...logging,
};

/** As the help shows them. */
export const serveGroups = {
  'Where it listens': address,
  'What it serves': served,
  'Where models come from and are kept': fetching,
  'How it computes': computing,
  'Who may use it': callers,
  'What it takes on, and for how long': limits,
  'What it logs': logging,
};
