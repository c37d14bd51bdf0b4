// Every setting of every command, once: flag, default, limits, one line of meaning. The environment
// variable of `--kv-memory` is KVASIR_KV_MEMORY, and so on. Names inside carry their units.

import { bytes, choice, integer, list, seconds, text } from './kinds.ts';
import { hostName, originName } from './names.ts';
import type { Values } from './read.ts';

const GiB = 1024 ** 3;

const precision = choice('precision', {
  meaning: 'number format of the exported weights',
  among: ['fp32'],
  fallback: 'fp32',
});

const serve = {
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
  model: text('model', {
    meaning: 'a built-in model, a checkpoint folder, or an exported artifact',
    placeholder: 'MODEL',
    accepts: 'a built-in name or a folder',
    fallback: 'storyteller',
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
  precision,
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
    meaning: 'memory for keys and values; decides how many sequences fit',
    least: 1024 ** 2,
    most: 1024 * GiB,
    fallback: (machine) => Math.floor(machine.memoryBytes / 4),
    because: 'a quarter of the memory',
  }),
  maxRunning: integer('max-running', {
    meaning: 'sequences that generate at the same time, memory permitting',
    least: 1,
    most: 1024,
    fallback: 32,
  }),
  maxQueue: integer('max-queue', {
    meaning: 'sequences that may wait; more are turned away at once',
    least: 1,
    most: 1_000_000,
    fallback: 512,
  }),
  prefillChunkTokens: integer('prefill-chunk', {
    meaning: 'most of a prompt that is processed in one step, while others wait',
    unit: 'tokens',
    least: 2,
    most: 65536,
    fallback: 256,
  }),
  cacheDirectory: text('cache-directory', {
    meaning: 'where exported checkpoints are kept',
    placeholder: 'FOLDER',
    accepts: 'a folder',
    fallback: (machine) => machine.cacheDirectory,
  }),
  allowedOrigins: list('allowed-origins', {
    meaning: 'web pages of these origins may use the server',
    accepts: 'origins like https://example.com, with commas between; * allows any',
    item: originName,
    fallback: [],
  }),
  allowedHosts: list('allowed-hosts', {
    meaning: 'names this server may be reached under, besides loopback and --host',
    accepts: 'host names, with or without a port, with commas between; * allows any',
    item: hostName,
    fallback: [],
  }),
  maxBodyBytes: bytes('max-body', {
    meaning: 'largest request body or socket message',
    least: 1024,
    most: GiB,
    fallback: 4 * 1024 ** 2,
  }),
  drainTimeoutMs: seconds('drain-timeout', {
    meaning: 'how long open requests may take to end when the server is told to stop',
    least: 0,
    most: 3_600_000,
    fallback: 30_000,
  }),
  logLevel: choice('log-level', {
    meaning: 'least important thing that is logged; debug includes every request',
    among: ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    fallback: 'info',
  }),
};

const out = text('out', {
  meaning: 'folder that is written',
  placeholder: 'FOLDER',
  accepts: 'a folder',
});

const exportCheckpoint = {
  checkpointDirectory: text('checkpoint', {
    meaning: 'folder of the checkpoint',
    placeholder: 'FOLDER',
    accepts: 'a folder',
  }),
  outDirectory: out,
  precision,
};

const init = {
  size: choice('size', {
    meaning: 'which of the published shapes',
    among: ['124M', '355M', '774M', '1558M'],
    fallback: '124M',
  }),
  seed: integer('seed', {
    meaning: 'decides the random weights',
    least: 0,
    most: 2 ** 32 - 1,
    fallback: 0,
  }),
  outDirectory: out,
};

export const commands = {
  serve: { meaning: 'answers completion requests over HTTP and WebSocket', settings: serve },
  export: { meaning: 'turns a checkpoint into an artifact', settings: exportCheckpoint },
  init: { meaning: 'writes a checkpoint with random weights', settings: init },
} as const;

export type CommandName = keyof typeof commands;

export type ServeTableValues = Values<typeof serve>;
export type ExportSettings = Values<typeof exportCheckpoint>;
export type InitSettings = Values<typeof init>;
