// Small checkpoints for tests, every tensor random (norms and biases too, so that none goes unseen).

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fillNormal, randomWords } from '../../export/random.ts';
import { configJson, type Gpt2Config } from '../../models/gpt2/config.ts';
import { elementCount, weightShapes } from '../../models/gpt2/weights.ts';

export const tinyConfig: Gpt2Config = {
  vocabularySize: 97,
  contextLength: 16,
  width: 24,
  layerCount: 2,
  headCount: 3,
  innerWidth: 40,
  activation: 'gelu_new',
  scalesAttention: true,
  dampsAttentionByLayer: false,
  layerNormEpsilon: 1e-5,
  headWeight: 'wte.weight',
  bosTokenId: 96,
  eosTokenIds: [96],
};

export interface RawTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export function float32Tensor(shape: readonly number[], values: Float32Array): RawTensor {
  return { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
}

export function randomTensors(config: Gpt2Config): Map<string, RawTensor> {
  return new Map(
    [...weightShapes(config)].map(([name, shape], stream) => {
      const values = new Float32Array(elementCount(shape));
      fillNormal(values, 0.3, randomWords(7, stream));
      return [name, float32Tensor(shape, values)];
    }),
  );
}

/** A safetensors file by the format's description, independent of the project's own writer. */
export function safetensors(tensors: ReadonlyMap<string, RawTensor>): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  return withHeader(
    JSON.stringify(header),
    [...tensors.values()].map(({ bytes }) => bytes),
  );
}

export function withHeader(header: string, parts: readonly Uint8Array[]): Uint8Array {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}

export function writeCheckpoint(
  folder: string,
  config: Gpt2Config = tinyConfig,
  tensors: ReadonlyMap<string, RawTensor> = randomTensors(config),
): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(configJson(config)));
  writeFileSync(path.join(folder, 'model.safetensors'), safetensors(tensors));
  return folder;
}
