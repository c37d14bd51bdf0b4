// Writes a graph as model.onnx and model.onnx.data, one tensor at a time.
//
//   model.onnx.data   | wte.weight      | wpe.weight   | ln_1 bias . | …
//                     ^ 0               ^ page         ^ 64
//
// A tensor of a page or more starts on a page, so that it can be mapped by itself; smaller ones
// start on a cache line.

import { join } from 'node:path';
import { elementCount } from '../../models/gpt2/weights.ts';
import type { ArtifactFile } from '../../models/manifest.ts';
import type { Graph, Parameter } from '../graph/ir.ts';
import { writeNewFile } from '../new-file.ts';
import { encodeModel, type Location } from './model.ts';
import { arrays } from './schema.ts';

export const graphFile = 'model.onnx';
export const dataFile = 'model.onnx.data';

const pageBytes = 4096;
const lineBytes = 64;

/** Returns the files written, the graph first. `onProgress` hears the bytes of all tensors so far. */
export async function writeOnnx(
  graph: Graph,
  directory: string,
  onProgress: (done: number, total: number) => void,
): Promise<readonly ArtifactFile[]> {
  const total = graph.parameters.reduce((sum, parameter) => sum + bytesOf(parameter), 0);
  let done = 0;
  onProgress(done, total);
  const locations = new Map<Parameter, Location>();
  const data = await writeNewFile(join(directory, dataFile), async (file) => {
    for (const parameter of graph.parameters) {
      const { buffer, byteOffset, byteLength: bytes } = parameter.read();
      await file.align(bytes < pageBytes ? lineBytes : pageBytes);
      locations.set(parameter, { file: dataFile, offset: file.bytes, bytes });
      await file.append(new Uint8Array(buffer, byteOffset, bytes));
      done += bytes;
      onProgress(done, total);
    }
  });
  const model = await writeNewFile(join(directory, graphFile), (file) =>
    file.append(encodeModel(graph, locations)),
  );
  return [
    { name: graphFile, ...model },
    { name: dataFile, ...data },
  ];
}

/** A parameter's sizes are all known. */
function bytesOf({ value }: Parameter): number {
  return elementCount(value.shape.map(Number)) * arrays[value.type].BYTES_PER_ELEMENT;
}
