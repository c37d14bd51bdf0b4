// Runs an artifact once over plain arrays, all inputs and outputs by name: how an export is verified
// before it is kept. Memory is made anew for each run; serving has lanes for that.

import {
  type Dimension,
  type Port,
  pastKeyName,
  pastValueName,
  presentKeyName,
  presentValueName,
  signature,
} from '../../models/gpt2/signature.ts';
import { signatureSizes } from '../../models/manifest.ts';
import { NativeMemory } from '../onnxruntime/memory.ts';
import type { Session } from '../onnxruntime/session.ts';
import { Binding, type ElementType, Tensor } from '../onnxruntime/tensor.ts';
import { openSession, readManifest } from './artifact.ts';

export interface NamedTensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

export type NamedTensors = ReadonlyMap<string, NamedTensor>;

const arrays = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array } as const;

export class ArtifactRunner {
  readonly #session: Session;
  readonly #outputs: readonly Port[];
  /** Which output appends to which input, in its memory. */
  readonly #pastOf: ReadonlyMap<string, string>;

  constructor(directory: string, threads: number) {
    const manifest = readManifest(directory);
    const options = { provider: { kind: 'cpu' }, threads, configuration: {} } as const;
    this.#session = openSession(directory, manifest, options);
    this.#outputs = signature(signatureSizes(manifest)).outputs;
    this.#pastOf = new Map(
      Array.from({ length: manifest.config.layerCount }, (_, layer) => [
        [presentKeyName(layer), pastKeyName(layer)] as const,
        [presentValueName(layer), pastValueName(layer)] as const,
      ]).flat(),
    );
  }

  run(inputs: NamedTensors): NamedTensors {
    const memories = new Map<string, NativeMemory>();
    const tensors: Tensor[] = [];
    const binding = new Binding(this.#session);
    try {
      for (const [name, { type, shape, data }] of inputs) {
        const memory = new NativeMemory(data.byteLength);
        new Uint8Array(memory.buffer).set(
          new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
        );
        memories.set(name, memory);
        const tensor = new Tensor(memory, type, shape);
        tensors.push(tensor);
        binding.input(name, tensor);
      }
      const sizes = symbolSizes(inputs);
      const shapes = new Map<string, number[]>();
      for (const { name, type, shape } of this.#outputs) {
        const fixed = shape.map((size) => (typeof size === 'number' ? size : sizes[size]));
        const count = fixed.reduce((product, size) => product * size, 1);
        const past = this.#pastOf.get(name);
        const memory =
          past === undefined
            ? new NativeMemory(count * arrays[type].BYTES_PER_ELEMENT)
            : memories.get(past)!;
        memories.set(name, memory);
        shapes.set(name, fixed);
        const tensor = new Tensor(memory, type, fixed);
        tensors.push(tensor);
        binding.output(name, tensor);
      }
      this.#session.run(binding);
      return new Map(
        this.#outputs.map(({ name, type }) => {
          const data = new arrays[type](memories.get(name)!.buffer.slice(0));
          return [name, { type, shape: shapes.get(name)!, data }];
        }),
      );
    } finally {
      binding.dispose();
      for (const tensor of tensors) tensor.dispose();
      for (const memory of new Set(memories.values())) memory.dispose();
    }
  }

  dispose(): void {
    this.#session.dispose();
  }
}

/** What the sizes that change from run to run are in this one. */
function symbolSizes(inputs: NamedTensors): Record<Exclude<Dimension, number>, number> {
  const [batch, tokens] = inputs.get('input_ids')!.shape;
  const [rows] = inputs.get('logits_rows')!.shape;
  return { batch: batch!, tokens: tokens!, rows: rows! };
}
