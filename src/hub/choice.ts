// Which of a model's files are needed to serve it: its config, what it says of its tokenizer, and its
// weights in one format, the best that there is.

import { HubError } from './errors.ts';
import type { HubFile } from './listing.ts';

export type Listing = ReadonlyMap<string, HubFile>;

export type Weights =
  | { readonly kind: 'whole'; readonly file: HubFile }
  /** The shards are named in the index. */
  | { readonly kind: 'sharded'; readonly index: HubFile };

export interface Choice {
  readonly config: HubFile;
  readonly companions: readonly HubFile[];
  readonly weights: Weights;
}

const configName = 'config.json';

const companionNames = [
  'generation_config.json',
  'tokenizer.json',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
  'encoder.json',
  'vocab.bpe',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
] as const;

const weightNames = ['model.safetensors', 'pytorch_model.bin'] as const;

/** Formats that are published, and cannot be read. */
const otherFormats: readonly (readonly [file: RegExp, format: string])[] = [
  [/^tf_model\.h5$/, 'Keras'],
  [/^flax_model\.msgpack$/, 'Flax'],
  [/\.gguf$/, 'GGUF'],
  [/\.onnx$/, 'ONNX'],
  [/\.(safetensors|bin|pt|pth|ckpt)$/, 'files of other names'],
];

const MiB = 1024 ** 2;
const mostCompanionBytes = 64 * MiB;
/** Ten times the largest that was published. */
const mostWeightBytes = 64 * 1024 * MiB;
const mostShards = 1000;

/** `model`: as messages call it. */
export function choose(model: string, listing: Listing): Choice {
  const config = listing.get(configName);
  if (config === undefined) {
    throw new HubError('unsupported', `${model} has no ${configName}: it is no model of this kind`);
  }
  const companions = companionNames.flatMap((name) => listing.get(name) ?? []);
  for (const file of [config, ...companions]) requireSize(file, mostCompanionBytes);
  return { config, companions, weights: chooseWeights(model, listing) };
}

function chooseWeights(model: string, listing: Listing): Weights {
  for (const name of weightNames) {
    const file = listing.get(name);
    if (file !== undefined) {
      requireSize(file, mostWeightBytes);
      return { kind: 'whole', file };
    }
    const index = listing.get(`${name}.index.json`);
    if (index !== undefined) {
      requireSize(index, mostCompanionBytes);
      return { kind: 'sharded', index };
    }
  }
  const found = otherFormats.find(([pattern]) => [...listing.keys()].some((n) => pattern.test(n)));
  throw new HubError(
    'unsupported',
    `${model} has no weights that can be read${found === undefined ? '' : `, but ${found[1]}`}; ` +
      `supported: ${weightNames.join(' or ')}, whole or in parts`,
  );
}

/** The files that an index names, in the order in which it does. */
export function shardsOf(index: HubFile, text: string, listing: Listing): readonly HubFile[] {
  const names = new Set(shardNames(index, text));
  if (names.size === 0 || names.size > mostShards) {
    throw new HubError('misbehaved', `${index.name} names ${names.size} files`);
  }
  const shards = [...names].map((name) => {
    const file = listing.get(name);
    if (file !== undefined) return file;
    throw new HubError('misbehaved', `${index.name} names ${name}, which is not there`);
  });
  let bytes = 0;
  for (const file of shards) {
    bytes += file.bytes;
    requireSize({ ...file, bytes }, mostWeightBytes);
  }
  return shards;
}

function shardNames(index: HubFile, text: string): string[] {
  let map: unknown;
  try {
    map = (JSON.parse(text) as { weight_map?: unknown }).weight_map;
  } catch {}
  if (typeof map !== 'object' || map === null) {
    throw new HubError('misbehaved', `${index.name} has no weight_map`);
  }
  return Object.values(map).map((name: unknown) => {
    // A plain name: shards lie beside their index, and are written beside it here.
    if (typeof name === 'string' && /^[A-Za-z0-9_][\w.-]{0,254}$/.test(name)) return name;
    const shown = JSON.stringify(name)?.slice(0, 60);
    throw new HubError('misbehaved', `${index.name} names ${shown}, which is no plain file name`);
  });
}

function requireSize({ name, bytes }: HubFile, most: number): void {
  if (bytes <= most) return;
  throw new HubError('misbehaved', `${name} is said to have ${bytes} bytes; allowed: ${most}`);
}
