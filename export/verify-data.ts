// Compares every parameter of a written artifact with what the checkpoint gives, byte by byte, where
// the graph's file says that it lies. Both are read again; nothing is taken from when they were written.

import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ArtifactError } from '../models/errors.ts';
import type { Graph, Parameter } from './graph/ir.ts';
import { readLocations } from './onnx/locations.ts';
import { dataFile, graphFile } from './onnx/write.ts';

/** Read back at a time. */
const pieceBytes = 2 ** 22;

/** `graph` is what the artifact in `folder` was written from. Throws `ArtifactError`. */
export async function verifyData(
  graph: Graph,
  folder: string,
  onParameter: () => void,
): Promise<void> {
  const locations = readLocations(join(folder, graphFile));
  const handle = await open(join(folder, dataFile), 'r');
  try {
    for (const parameter of graph.parameters) {
      const { name } = parameter.value;
      const location = locations.get(name);
      const expected = bytesOf(parameter);
      if (location?.bytes !== expected.length) {
        throw new ArtifactError(`${graphFile} does not say where ${name} lies: it is not kept`);
      }
      await requireEqual(handle, location.offset, expected, name);
      onParameter();
    }
  } finally {
    await handle.close();
  }
}

function bytesOf(parameter: Parameter): Buffer {
  const { buffer, byteOffset, byteLength } = parameter.read();
  return Buffer.from(buffer, byteOffset, byteLength);
}

async function requireEqual(handle: FileHandle, offset: number, expected: Buffer, name: string) {
  const piece = Buffer.alloc(Math.min(expected.length, pieceBytes));
  for (let done = 0; done < expected.length; ) {
    const wanted = Math.min(piece.length, expected.length - done);
    const { bytesRead } = await handle.read(piece, 0, wanted, offset + done);
    const found = piece.subarray(0, bytesRead);
    if (bytesRead === 0 || !found.equals(expected.subarray(done, done + bytesRead))) {
      throw new ArtifactError(`${dataFile} holds something else than ${name}: it is not kept`);
    }
    done += bytesRead;
  }
}
