// Every setting of every command, once: flag, default, limits, one line of meaning. The environment
// variable of `--kv-memory` is KVASIR_KV_MEMORY, and so on. Names inside carry their units.

import { cacheLayouts, cachePrecisions, precisions } from '../../models/manifest.ts';
import { bench } from './bench-table.ts';
import { doctor } from './doctor-table.ts';
import { evaluate } from './eval-table.ts';
import { generate, generateGroups } from './generate-table.ts';
import type { Described } from './help.ts';
import {
  cacheDirectory,
  type HubSettings,
  hub,
  type PullingSettings,
  pulling,
} from './hub-table.ts';
import { choice, text, toggle } from './kinds.ts';
import { integer } from './quantities.ts';
import type { Values } from './read.ts';
import {
  cacheLayoutMeaning,
  cachePrecisionMeaning,
  precisionMeaning,
  serve,
  serveGroups,
} from './serve-table.ts';

const out = text('out', {
  meaning: 'folder that is written',
  placeholder: 'FOLDER',
  accepts: 'a folder',
});

const exportCheckpoint = {
  checkpointDirectory: text('checkpoint', {
    meaning: 'folder of the checkpoint, or its name at the hub',
    placeholder: 'FOLDER',
    accepts: 'a folder, or a name like gpt2 or owner/repo',
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
  cacheLayout: choice('kv-layout', {
    meaning: cacheLayoutMeaning,
    among: cacheLayouts,
    fallback: 'rows',
  }),
  verify: choice('verify', {
    meaning:
      'what is compared before the artifact is kept: full runs all of it, quick two of its blocks ' +
      'and compares all bytes',
    among: ['auto', 'full', 'quick'],
    fallback: 'auto',
    because: 'quick above 400 M parameters',
  }),
  calibrationFile: text('calibration', {
    meaning: 'text like what the model writes, to find the steps of an int8 cache by',
    placeholder: 'FILE',
    accepts: 'a file',
    fallback: '',
    because: 'the prose that comes with Kvasir',
  }),
  cacheDirectory,
  ...pulling,
};

const pull = {
  revision: text('revision', {
    meaning: 'branch, tag or commit; as well as NAME@REVISION',
    placeholder: 'REVISION',
    accepts: 'a revision',
    fallback: '',
    because: 'main',
  }),
  cacheDirectory,
  ...hub,
};

const list = {
  json: toggle('json', {
    meaning: 'writes JSON instead of a table',
    variable: 'KVASIR_LIST_JSON',
  }),
  cacheDirectory,
};

const remove = { cacheDirectory };

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

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export const commands = {
  serve: {
    meaning: 'answers completion requests over HTTP and WebSocket',
    settings: serve,
    groups: serveGroups,
    examples: [
      ['kvasir serve', 'the built-in model on http://127.0.0.1:8000'],
      ['kvasir serve --model gpt2 --port 9000', 'a published one, on another port'],
      ['kvasir serve --print-config', 'what is set, and where'],
    ],
  },
  generate: {
    meaning: 'continues a text, here and now or on a running server',
    operand: {
      placeholder: 'PROMPT',
      accepts:
        'what to continue, in quotes; - reads it from standard input, which is also done where it is ' +
        'left out and standard input is no terminal',
    },
    settings: generate,
    groups: generateGroups,
    examples: [
      ['kvasir generate "Once upon a time"', 'a text as it is generated'],
      ['kvasir generate "The king" --n 3 --temperature 0.8', 'three of them'],
      ['cat story.txt | kvasir generate --max-tokens 50', 'goes on with a text from elsewhere'],
      ['kvasir generate A --url http://127.0.0.1:8000 --json', "a server's answer, as it is"],
    ],
  },
  export: {
    meaning: 'turns a checkpoint into an artifact',
    settings: exportCheckpoint,
    examples: [
      ['kvasir export --checkpoint gpt2 --out gpt2-int8 --precision int8', 'and then:'],
      ['kvasir serve --model gpt2-int8', 'nothing is exported at this start'],
    ],
  },
  pull: {
    meaning: 'fetches a model from a hub into the cache folder',
    operand: {
      placeholder: 'NAME',
      accepts:
        'owner/repo, owner/repo@revision, or gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2',
    },
    settings: pull,
    examples: [
      ['kvasir pull gpt2-medium', 'a published model'],
      ['kvasir pull owner/repo@v1', 'a revision of a model of somebody'],
    ],
  },
  list: {
    meaning: 'says what is in the cache folder, how large it is and when it was used',
    settings: list,
  },
  rm: {
    meaning:
      'removes a model from the cache folder, and what was exported from it; servers that run go on',
    operand: {
      placeholder: 'NAME',
      accepts: 'a name as kvasir list shows it, or one of its revisions: gpt2@607a30d',
    },
    settings: remove,
    examples: [['kvasir rm gpt2', 'the model and what was exported from it']],
  },
  init: {
    meaning: 'writes a checkpoint with random weights',
    settings: init,
    examples: [
      ['kvasir init --size 124M --out random-124M', 'as large as GPT-2, and knows nothing'],
    ],
  },
  eval: {
    meaning: 'measures how well a model knows texts',
    settings: evaluate,
    examples: [
      ['kvasir eval --text novel.txt', 'perplexity of a text'],
      ['kvasir eval --model gpt2 --wikitext wiki.test.raw', "one of the GPT-2 paper's tests"],
    ],
  },
  bench: {
    meaning: 'loads a running server, and says how fast it is then',
    settings: bench,
    examples: [
      ['kvasir bench', 'the server on http://127.0.0.1:8000'],
      [
        'kvasir bench --url http://gpu:8000 --clients 1,64 --tokens 256',
        'another, under more load',
      ],
    ],
  },
  doctor: {
    meaning: 'checks this machine, its GPU and their speed, part by part',
    settings: doctor,
  },
  cuda: {
    meaning: "installs ONNX Runtime's CUDA provider with onnxruntime-node's own installer",
    operand: { placeholder: 'install', accepts: 'the only thing there is to do with it' },
    settings: {},
  },
  completion: {
    meaning: 'prints what a shell needs to complete commands, flags and values',
    operand: { placeholder: 'SHELL', accepts: `one of ${shells.join(', ')}` },
    settings: {},
    examples: [
      ['source <(kvasir completion bash)', 'for ~/.bashrc'],
      ['source <(kvasir completion zsh)', 'for ~/.zshrc, after compinit'],
      ['kvasir completion fish | source', 'for ~/.config/fish/config.fish'],
    ],
  },
} as const satisfies Readonly<Record<string, Described>>;

export type CommandName = keyof typeof commands;

export type ServeTableValues = Values<typeof serve>;
export type ExportSettings = Values<typeof exportCheckpoint>;
export type PullSettings = Values<typeof pull>;
export type ListSettings = Values<typeof list>;
export type RemoveSettings = Values<typeof remove>;
export type { HubSettings, PullingSettings };
export type GenerateSettings = Values<typeof generate>;
export type InitSettings = Values<typeof init>;
export type EvalSettings = Values<typeof evaluate>;
export type BenchSettings = Values<typeof bench>;
export type DoctorSettings = Values<typeof doctor>;
