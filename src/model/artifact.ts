// An exported model on disk, opened for serving: its manifest is read and checked before its graph
// is loaded.

import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { ArtifactError } from '../../models/errors.ts';
import { signature } from '../../models/gpt2/signature.ts';
import {
  type Manifest,
  manifestFile,
  parseManifest,
  signatureSizes,
} from '../../models/manifest.ts';
import { Session, type SessionOptions } from '../onnxruntime/session.ts';
import { kernelConfiguration } from './kernel-configuration.ts';

/** Throws `ArtifactError` where the file is absent, no manifest, or of another version. */
export function readManifest(directory: string): Manifest {
  const file = path.join(directory, manifestFile);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ArtifactError(`${file} cannot be read: ${(error as Error).message}`);
  }
  return parseManifest(json);
}

/**
 * `configuration` may add to the kernels that every session has, and change none. Throws
 * `ArtifactError` where a file is missing or cut short or the graph is not as promised.
 */
export function openSession(
  directory: string,
  manifest: Manifest,
  options: SessionOptions,
): Session {
  for (const { name, bytes } of manifest.files) {
    const found = statSync(path.join(directory, name), { throwIfNoEntry: false })?.size;
    if (found !== bytes) {
      throw new ArtifactError(
        `${path.join(directory, name)} should have ${bytes} bytes and ` +
          `${found === undefined ? 'is missing' : `has ${found}`}: export the model again`,
      );
    }
  }
  const configuration = { ...options.configuration, ...kernelConfiguration };
  const session = new Session(path.join(directory, manifest.files[0]!.name), {
    ...options,
    configuration,
  });
  const { inputs, outputs } = signature(signatureSizes(manifest));
  requireNames('inputs', session.inputNames, inputs);
  requireNames('outputs', session.outputNames, outputs);
  return session;
}

function requireNames(
  what: string,
  found: readonly string[],
  expected: readonly { readonly name: string }[],
): void {
  const missing = expected.map(({ name }) => name).filter((name) => !found.includes(name));
  if (missing.length > 0 || found.length !== expected.length) {
    throw new ArtifactError(
      `the graph's ${what} are [${found}], without [${missing}]: export it again`,
    );
  }
}
