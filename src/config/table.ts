// Every setting of every command, once: flag, default, limits, one line of meaning. The environment
// variable of `--kv-memory` is KVASIR_KV_MEMORY, and so on. Names inside carry their units.

import { cachePrecisions, precisions } from '../../models/manifest.ts';
import { evaluate } from './eval-table.ts';
import { choice, integer, text } from './kinds.ts';
import type { Values } from './read.ts';
import { cachePrecisionMeaning, precisionMeaning, serve } from './serve-table.ts';

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
  precision: choice('precision', {
    meaning: precisionMeaning,
    among: precisions,
    fallback: 'fp32',
  }),
  cachePrecision: choice('kv-precision', {
    meaning: cachePrecisionMeaning,
    among: ['auto', ...cachePrecisions],
    fallback: 'auto',
    because: 'fp16 for weights in fp16, else fp32',
  }),
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
  eval: { meaning: 'measures how well a model knows texts', settings: evaluate },
} as const;

export type CommandName = keyof typeof commands;

export type ServeTableValues = Values<typeof serve>;
export type ExportSettings = Values<typeof exportCheckpoint>;
export type InitSettings = Values<typeof init>;
export type EvalSettings = Values<typeof evaluate>;
