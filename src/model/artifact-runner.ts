// Runs an artifact once over plain arrays, all inputs and outputs by name: how an export is verified
// before it is kept. Memory is made anew for each run; serving has lanes for that.

import { cachePorts, type Port, signature } from '../../models/gpt2/signature.ts';
import { signatureSizes } from '../../models/manifest.ts';
import { NativeMemory } from '../onnxruntime/memory.ts';
import type { Session } from '../onnxruntime/session.ts';
import { Binding, type ElementType, Tensor } from '../onnxruntime/tensor.ts';
import { openSession, readManifest } from './artifact.ts';

export interface NamedTensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint16Array | Int8Array | Int32Array | BigInt64Array;
}

export type NamedTensors = ReadonlyMap<string, NamedTensor>;

const arrays = {
  float32: Float32Array,
  float16: Uint16Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
} as const;

export class ArtifactRunner {
  readonly #session: Session;
  readonly #inputs: readonly Port[];
  readonly #outputs: readonly Port[];
  /** Which output appends to which input, in its memory. */
  readonly #pastOf: ReadonlyMap<string, string>;

  /** `manifest`: what the folder holds, where that is known already. */
  constructor(directory: string, threads: number, manifest = readManifest(directory)) {
    const options = { provider: { kind: 'cpu' }, threads, configuration: {} } as const;
    this.#session = openSession(directory, manifest, options);
    const sizes = signatureSizes(manifest);
    const { inputs, outputs } = signature(sizes);
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.#pastOf = new Map(
      cachePorts(sizes).map(({ past, present }) => [present.name, past.name] as const),
    );
  }

  run(inputs: NamedTensors): NamedTensors {
    const scene = new Scene(this.#session);
    try {
      for (const [name, tensor] of inputs) scene.input(name, tensor);
      const sizes = symbolSizes(this.#inputs, inputs);
      for (const { name, type, shape } of this.#outputs) {
        const known = shape.map((size) => (typeof size === 'number' ? size : sizes.get(size)!));
        scene.output(name, type, known, this.#pastOf.get(name));
      }
      return scene.play();
    } finally {
      scene.dispose();
    }
  }

  dispose(): void {
    this.#session.dispose();
  }
}

/** The memory of one run, bound by name. */
class Scene {
  readonly #session: Session;
  readonly #binding: Binding;
  readonly #memories = new Map<string, NativeMemory>();
  readonly #tensors: Tensor[] = [];
  readonly #outputs: { name: string; type: ElementType; shape: readonly number[] }[] = [];

  constructor(session: Session) {
    this.#session = session;
    this.#binding = new Binding(session);
  }

  input(name: string, { type, shape, data }: NamedTensor): void {
    const memory = new NativeMemory(data.byteLength);
    new Uint8Array(memory.buffer).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    this.#memories.set(name, memory);
    this.#binding.input(name, this.#tensor(memory, type, shape));
  }

  /** Lies in memory of its own, or where an input lies already. */
  output(name: string, type: ElementType, shape: readonly number[], input?: string): void {
    const count = shape.reduce((product, size) => product * size, 1);
    const memory =
      input === undefined
        ? new NativeMemory(count * arrays[type].BYTES_PER_ELEMENT)
        : this.#memories.get(input)!;
    this.#memories.set(name, memory);
    this.#binding.output(name, this.#tensor(memory, type, shape));
    this.#outputs.push({ name, type, shape });
  }

  /** Runs, and copies what came of it. */
  play(): NamedTensors {
    this.#session.run(this.#binding);
    return new Map(
      this.#outputs.map(({ name, type, shape }) => {
        const data = new arrays[type](this.#memories.get(name)!.buffer.slice(0));
        return [name, { type, shape, data }];
      }),
    );
  }

  dispose(): void {
    this.#binding.dispose();
    for (const tensor of this.#tensors) tensor.dispose();
    for (const memory of new Set(this.#memories.values())) memory.dispose();
  }

  #tensor(memory: NativeMemory, type: ElementType, shape: readonly number[]): Tensor {
    const tensor = new Tensor(memory, type, shape);
    this.#tensors.push(tensor);
    return tensor;
  }
}

/** What the sizes that change from run to run are in this one. */
function symbolSizes(ports: readonly Port[], inputs: NamedTensors): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { name, shape } of ports) {
    shape.forEach((size, axis) => {
      if (typeof size !== 'number') sizes.set(size, inputs.get(name)!.shape[axis]!);
    });
  }
  return sizes;
}
