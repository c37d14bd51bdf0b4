// One block of an artifact, made runnable by itself: the artifact's embeddings, that block, the final
// norm and the head. The graph comes from the same code as the whole one, and it reads the artifact's
// own data file, at the places that the artifact's graph says. A graph that processors have no kernel for
// is written as its twin.

import { parameterCount } from '../models/gpt2/weights.ts';
import type { Manifest } from '../models/manifest.ts';
import type { WeightSource } from './checkpoint/checkpoint.ts';
import { type GraphOptions, gpt2Graph } from './graph/gpt2-graph.ts';
import { pagedOnCpu } from './graph/paged-on-cpu.ts';
import { writeOverData } from './over-data.ts';

export interface OneBlock {
  readonly manifest: Manifest;
  readonly weights: WeightSource;
  readonly options: GraphOptions;
}

/** Writes block `layer` of an artifact to `scratch`, a new folder on the same disk. */
export async function writeOneBlock(
  { folder, manifest, weights, options }: OneBlock & { readonly folder: string },
  layer: number,
  scratch: string,
): Promise<OneBlock> {
  const config = { ...manifest.config, layerCount: 1 };
  const renamed = (name: string) => name.replace(/^h\.0\./, `h.${layer}.`);
  const ofBlock: WeightSource = {
    shape: (name) => weights.shape(renamed(name)),
    read: (name) => weights.read(renamed(name)),
  };
  const oneLayer = { ...options, cacheScales: scalesOf(options, layer) };
  const served = gpt2Graph(config, ofBlock, oneLayer);
  const graph = options.blockSize === null ? served : pagedOnCpu(served);
  const ofScratch = { ...manifest, config, parameterCount: parameterCount(config) };
  const written = await writeOverData({ folder, graph, manifest: ofScratch }, scratch, renamed);
  return { manifest: written, weights: ofBlock, options: oneLayer };
}

function scalesOf({ cacheScales }: GraphOptions, layer: number): GraphOptions['cacheScales'] {
  if (cacheScales === null) return null;
  return { keys: [cacheScales.keys[layer]!], values: [cacheScales.values[layer]!] };
}
