// How finely an int8 cache has to be divided: the largest key and value that each channel of each head
// takes over a sample of text, found by running the model with a float32 cache. The scales are fixed at
// export: what one sequence caches never depends on another.

import { CheckpointError } from '../../models/errors.ts';
import { presentKeyName, presentValueName } from '../../models/gpt2/signature-rows.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { CacheScales } from '../graph/attention.ts';
import { type Run, Session } from '../verify-session.ts';

const largest = 127;

/** Text that is still to come may reach a little further than the sample does. */
const headroom = 1.1;

/** A channel that is always zero (padding, say) needs some scale that is none. */
const leastScale = 1e-6;

/** The sample is cut into pieces as long as the context, or this. */
const longestPiece = 1024;

/** `manifest` and `run` are of an artifact whose cache is float32. */
export async function calibrateCache(
  manifest: Manifest,
  run: Run,
  sample: readonly number[],
  onTokens: (done: number, total: number) => void = () => {},
): Promise<CacheScales> {
  const { layerCount, headCount, contextLength } = manifest.config;
  const channelCount = headCount * manifest.cache.headSize;
  const zeros = () => Array.from({ length: layerCount }, () => new Float32Array(channelCount));
  const scales = { keys: zeros(), values: zeros() };
  const length = Math.min(contextLength, longestPiece);
  for (let start = 0; start < sample.length; start += length) {
    const ids = sample.slice(start, start + length);
    const session = new Session(manifest, run, 1);
    const { cache } = await session.step([{ ids, from: 0, to: ids.length }], 'last token');
    for (let layer = 0; layer < layerCount; layer++) {
      raise(scales.keys[layer]!, cache(presentKeyName(layer)), ids.length, manifest);
      raise(scales.values[layer]!, cache(presentValueName(layer)), ids.length, manifest);
    }
    onTokens(start + ids.length, sample.length);
  }
  for (const channels of [...scales.keys, ...scales.values]) {
    channels.forEach((most, at) => {
      channels[at] = Math.max(leastScale, (most * headroom) / largest);
    });
  }
  return scales;
}

/** Each channel's largest magnitude so far, with those of the first tokens of a cached sequence. */
function raise(
  channels: Float32Array, // [heads · headSize]
  cached: ArrayLike<number>, // [1, heads, context, headSize]
  tokenCount: number,
  { config: { headCount, contextLength }, cache: { headSize } }: Manifest,
): void {
  for (let head = 0; head < headCount; head++) {
    for (let token = 0; token < tokenCount; token++) {
      const from = (head * contextLength + token) * headSize;
      for (let at = 0; at < headSize; at++) {
        const channel = head * headSize + at;
        channels[channel] = Math.max(channels[channel]!, Math.abs(cached[from + at]!));
      }
    }
  }
}

const leastGiven = 256;
const mostGiven = 16_384;

/** The beginning of somebody's own sample. Throws `CheckpointError` where it is too short to tell. */
export function givenSample(ids: readonly number[]): readonly number[] {
  if (ids.length >= leastGiven) return ids.slice(0, mostGiven);
  throw new CheckpointError(
    `the text to calibrate with has ${ids.length} tokens; supported: at least ${leastGiven}`,
  );
}

/** Ids of every kind, for a vocabulary that no sample text is given for. */
export function madeUpSample(manifest: Manifest): number[] {
  const { vocabularySize, contextLength } = manifest.config;
  const length = 4 * Math.min(contextLength, longestPiece);
  return Array.from({ length }, (_, at) => (at * 7919 + (at >> 3)) % vocabularySize);
}
