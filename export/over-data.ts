// Another graph over the data of an artifact that is written already: what it reads lies where the
// artifact's own graph says.

import { copyFile, link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, manifestFile } from '../models/manifest.ts';
import type { Graph } from './graph/ir.ts';
import { encodeJson, writeNewFile } from './new-file.ts';
import { readLocations } from './onnx/locations.ts';
import { encodeModel } from './onnx/model.ts';
import { dataFile, graphFile } from './onnx/write.ts';

export interface OverData {
  /** Of the artifact. */
  readonly folder: string;
  readonly graph: Graph;
  /** Of what is written, but for its files. */
  readonly manifest: Manifest;
}

/** To `scratch`, a new folder on the same disk. `inArtifact`: what a parameter is called there. */
export async function writeOverData(
  { folder, graph, manifest }: OverData,
  scratch: string,
  inArtifact: (name: string) => string = (name) => name,
): Promise<Manifest> {
  const locations = readLocations(join(folder, graphFile));
  const used = graph.parameters.map((parameter) => {
    const name = inArtifact(parameter.value.name);
    const location = locations.get(name);
    if (location === undefined) throw new Error(`${name} is not in ${graphFile}`);
    return [parameter, location] as const;
  });
  await mkdir(scratch);
  await shareFile(join(folder, dataFile), join(scratch, dataFile));
  const written = await writeNewFile(join(scratch, graphFile), (file) =>
    file.append(encodeModel(graph, new Map(used))),
  );
  const others = manifest.files.filter(({ name }) => name === dataFile);
  const files = [{ name: graphFile, ...written }, ...others];
  const described: Manifest = { ...manifest, tokenizer: 'ids', files }; // it has no vocabulary beside it
  await writeNewFile(join(scratch, manifestFile), (file) => file.append(encodeJson(described)));
  return described;
}

/** A second name for the same bytes; where the disk knows no such thing, a copy. */
async function shareFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to);
  }
}
