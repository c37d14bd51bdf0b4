// What an artifact says of itself: `kvasir.json`, written by the exporter beside the graph and read
// by the server before anything is loaded. `parseManifest` is the only way in.

import { ArtifactError } from './errors.ts';
import { Fields } from './fields.ts';
import type { Gpt2Config } from './gpt2/config.ts';
import { type SignatureSizes, signatureVersion } from './gpt2/signature.ts';
import { activations } from './ops.ts';
import { vocabularyFile } from './vocabulary.ts';

export const manifestFile = 'kvasir.json';
export const manifestFormat = 'kvasir-artifact' as const;

/**
 * `gpt2`: the published byte-level vocabulary. `bpe`: one of the model's own, in a file of the artifact.
 * `ids`: none; text is ids in decimal, spaced.
 */
export const tokenizerKinds = ['gpt2', 'bpe', 'ids'] as const;
export type TokenizerKind = (typeof tokenizerKinds)[number];

/** How weights are stored. */
export const precisions = ['fp32', 'fp16', 'int8', 'int4'] as const;
export type Precision = (typeof precisions)[number];

/** How keys and values are stored. */
export const cachePrecisions = ['fp32', 'fp16', 'int8'] as const;
export type CachePrecision = (typeof cachePrecisions)[number];

/** Which of them weights can be had with; first what attention computes in. */
export function cachePrecisionsWith(
  precision: Precision,
): readonly [CachePrecision, ...CachePrecision[]] {
  return precision === 'fp16' ? ['fp16'] : ['fp32', 'int8'];
}

/**
 * How the cache is handed out: in rows, each room for one whole context, or in blocks of few tokens, which
 * sequences share. CUDA's attention alone knows blocks.
 */
export const cacheLayouts = ['rows', 'paged'] as const;
export type CacheLayout = (typeof cacheLayouts)[number];

/** Which of them weights can be had with; first the usual one. */
export function cacheLayoutsWith(precision: Precision): readonly [CacheLayout, ...CacheLayout[]] {
  return precision === 'fp16' ? cacheLayouts : ['rows'];
}

export type ManifestCache = {
  readonly precision: CachePrecision;
  readonly headSize: number;
} & (
  | { readonly layout: 'rows' }
  | { readonly layout: 'paged' /** Tokens of a block. */; readonly blockSize: number }
);

export interface ArtifactFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Manifest {
  readonly format: typeof manifestFormat;
  readonly signatureVersion: number;
  readonly config: Gpt2Config;
  readonly parameterCount: number;
  readonly precision: Precision;
  readonly cache: ManifestCache;
  readonly candidateCount: number;
  readonly tokenizer: TokenizerKind;
  /** The graph first; its external data after it; then a vocabulary of the model's own. */
  readonly files: readonly ArtifactFile[];
}

export function parseManifest(json: unknown): Manifest {
  const fields = new Fields(manifestFile, json, (message) => new ArtifactError(message));
  const format = fields.oneOf('format', [manifestFormat]);
  const found = fields.wholeNumber('signatureVersion', size);
  if (found !== signatureVersion) {
    throw new ArtifactError(
      `${manifestFile}: was exported with signature ${found}, ` +
        `this server speaks ${signatureVersion}: export it again`,
    );
  }
  const config = parseModel(fields.object('config'));
  const precision = fields.oneOf('precision', precisions);
  const tokenizer = fields.oneOf('tokenizer', tokenizerKinds);
  return {
    format,
    signatureVersion: found,
    config,
    parameterCount: fields.wholeNumber('parameterCount', size),
    precision,
    cache: parseCache(fields.object('cache'), precision, config.width / config.headCount),
    candidateCount: fields.wholeNumber('candidateCount', { least: 1, most: config.vocabularySize }),
    tokenizer,
    files: parseFiles(fields, tokenizer),
  };
}

const cacheTypes = { fp32: 'float32', fp16: 'float16', int8: 'int8' } as const;

/** What fixes the graph's signature. */
export function signatureSizes({ config, cache, candidateCount }: Manifest): SignatureSizes {
  const { headSize, precision } = cache;
  const blockSize = cache.layout === 'paged' ? cache.blockSize : null;
  return { ...config, headSize, cacheType: cacheTypes[precision], blockSize, candidateCount };
}

const size = { least: 1, most: Number.MAX_SAFE_INTEGER };

function parseModel(fields: Fields): Gpt2Config {
  const vocabularySize = fields.wholeNumber('vocabularySize', size);
  const token = { least: 0, most: vocabularySize - 1 };
  const width = fields.wholeNumber('width', size);
  const headCount = fields.wholeNumber('headCount', size);
  if (width % headCount !== 0) throw fields.refuse('headCount', `a divisor of width, ${width}`);
  return {
    vocabularySize,
    contextLength: fields.wholeNumber('contextLength', size),
    width,
    layerCount: fields.wholeNumber('layerCount', size),
    headCount,
    innerWidth: fields.wholeNumber('innerWidth', size),
    activation: fields.oneOf('activation', activations),
    scalesAttention: fields.oneOf('scalesAttention', [true, false]),
    dampsAttentionByLayer: fields.oneOf('dampsAttentionByLayer', [true, false]),
    layerNormEpsilon: fields.numberBetween('layerNormEpsilon', { least: 0, most: 1 }),
    headWeight: fields.oneOf('headWeight', ['wte.weight', 'lm_head.weight']),
    bosTokenId: fields.has('bosTokenId') ? fields.wholeNumber('bosTokenId', token) : null,
    eosTokenIds: fields.wholeNumbers('eosTokenIds', token, []),
  };
}

function parseCache(fields: Fields, precision: Precision, trueHeadSize: number): ManifestCache {
  const common = {
    precision: fields.oneOf('precision', cachePrecisionsWith(precision)),
    headSize: fields.wholeNumber('headSize', { least: trueHeadSize, most: size.most }),
  };
  const layout = fields.oneOf('layout', cacheLayoutsWith(precision));
  if (layout === 'rows') return { ...common, layout };
  return { ...common, layout, blockSize: fields.oneOf('blockSize', blockSizes) };
}

/** What the operator allows: powers of two from 16 on; more than these are of no use. */
const blockSizes = [16, 32, 64, 128, 256, 512, 1024];

function parseFiles(fields: Fields, tokenizer: TokenizerKind): readonly ArtifactFile[] {
  const files = fields.objects('files').map(parseFile);
  if (files.length === 0) throw fields.refuse('files', 'the graph and its data');
  if (tokenizer === 'bpe' && !files.some(({ name }) => name === vocabularyFile)) {
    throw fields.refuse('files', `${vocabularyFile} among them, where the tokenizer is "bpe"`);
  }
  return files;
}

function parseFile(fields: Fields): ArtifactFile {
  return {
    // A plain name: an artifact's files lie in its own folder.
    name: fields.text('name', /^[\w-][\w.-]*$/, 'a file name'),
    bytes: fields.wholeNumber('bytes', size),
    sha256: fields.text('sha256', /^[0-9a-f]{64}$/, '64 hexadecimal digits'),
  };
}
