// One block of an artifact, made runnable by itself: the artifact's embeddings, that block, the final
// norm and the head. The graph comes from the same code as the whole one, and it reads the artifact's
// own data file, at the places that the artifact's graph says.

import { copyFile, link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parameterCount } from '../models/gpt2/weights.ts';
import { type Manifest, manifestFile } from '../models/manifest.ts';
import type { WeightSource } from './checkpoint/checkpoint.ts';
import { type GraphOptions, gpt2Graph } from './graph/gpt2-graph.ts';
import { encodeJson, writeNewFile } from './new-file.ts';
import { readLocations } from './onnx/locations.ts';
import { encodeModel } from './onnx/model.ts';
import { dataFile, graphFile } from './onnx/write.ts';

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
  const graph = gpt2Graph(config, ofBlock, oneLayer);
  const locations = readLocations(join(folder, graphFile));
  const used = graph.parameters.map((parameter) => {
    const { name } = parameter.value;
    const location = locations.get(renamed(name));
    if (location === undefined) throw new Error(`${renamed(name)} is not in ${graphFile}`);
    return [parameter, location] as const;
  });

  await mkdir(scratch);
  await shareFile(join(folder, dataFile), join(scratch, dataFile));
  const written = await writeNewFile(join(scratch, graphFile), (file) =>
    file.append(encodeModel(graph, new Map(used))),
  );
  const files = [{ name: graphFile, ...written }, ...manifest.files.slice(1)];
  const ofScratch = { ...manifest, config, parameterCount: parameterCount(config), files };
  await writeNewFile(join(scratch, manifestFile), (file) => file.append(encodeJson(ofScratch)));
  return { manifest: ofScratch, weights: ofBlock, options: oneLayer };
}

function scalesOf({ cacheScales }: GraphOptions, layer: number): GraphOptions['cacheScales'] {
  if (cacheScales === null) return null;
  return { keys: [cacheScales.keys[layer]!], values: [cacheScales.values[layer]!] };
}

/** A second name for the same bytes; where the disk knows no such thing, a copy. */
async function shareFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to);
  }
}
