// What one shape of a device's lane is bound to: its arrays side by side in the lane's two blocks, those
// of its inputs in one and those of its small outputs in the other, each block once on the host and once
// on the device, and the cache's memory.

import type { SignatureSizes } from '../../models/gpt2/signature.ts';
import type { HostMemory, TensorMemory } from '../onnxruntime/device.ts';
import type { Session } from '../onnxruntime/session.ts';
import { Binding, Tensor } from '../onnxruntime/tensor.ts';
import { layOut } from './block-layout.ts';
import { Int64Vector } from './int64-vector.ts';
import {
  type AskedShape,
  answerPorts,
  type LanePort,
  portBytes,
  questionPorts,
} from './lane-ports.ts';

/** On the host and on the device, with the same layout. */
export interface BlockPair {
  readonly host: HostMemory;
  readonly device: TensorMemory;
}

/** What a lane has for all of its shapes. */
export interface LaneMemory {
  readonly inputs: BlockPair;
  readonly outputs: BlockPair;
  readonly logits: TensorMemory; // [rows, vocabulary]
  /** The one input that stays on the host. */
  readonly onHost: HostMemory;
  /** Where the model writes inputs, by name; a run takes what its shape needs from their beginnings. */
  readonly written: ReadonlyMap<string, ArrayBuffer>;
}

/** A run's inputs beside its questions, and its cache. */
export interface BoundInputs {
  /** On the device. */
  readonly tokens: readonly LanePort[];
  readonly onHost: LanePort;
  /** The tensors returned must outlive the runs and be disposed after them. */
  bindCache(binding: Binding): Tensor[];
}

export class LaneBinding<Shape extends AskedShape = AskedShape> {
  readonly shape: Shape;
  readonly binding: Binding;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly logNormalizer: Float32Array; // [normalizers]
  readonly targetScores: Float32Array; // [rows]
  readonly topScores: Float32Array; // [rows, candidates]
  readonly topIds: Int64Vector; // [rows, candidates]
  readonly #tensors: Tensor[] = [];
  readonly #gathered: readonly { readonly from: Uint8Array; readonly to: Uint8Array }[];

  constructor(
    session: Session,
    { vocabularySize, candidateCount }: SignatureSizes,
    memory: LaneMemory,
    shape: Shape,
    { tokens, onHost, bindCache }: BoundInputs,
  ) {
    this.shape = shape;
    this.binding = new Binding(session);
    const { inputs, outputs, logits, written } = memory;
    const into = [...tokens, ...questionPorts(shape)];
    const inLayout = layOut(into.map(portBytes));
    this.inputBytes = inLayout.byteLength;
    this.#gathered = into.map((port, index) => {
      const offset = inLayout.offsets[index]!;
      this.binding.input(port.name, this.#tensor(inputs.device, port, offset));
      const bytes = portBytes(port);
      return {
        from: new Uint8Array(written.get(port.name)!, 0, bytes),
        to: new Uint8Array(inputs.host.buffer, offset, bytes),
      };
    });
    this.binding.input(onHost.name, this.#tensor(memory.onHost, onHost, 0));
    const outOf = answerPorts(shape, candidateCount);
    const outLayout = layOut(outOf.map(portBytes));
    this.outputBytes = outLayout.byteLength;
    outOf.forEach((port, index) => {
      this.binding.output(port.name, this.#tensor(outputs.device, port, outLayout.offsets[index]!));
    });
    const { rows, normalizers } = shape;
    const whole = { name: 'logits', type: 'float32', shape: [rows, vocabularySize] } as const;
    this.binding.output(whole.name, this.#tensor(logits, whole, 0));
    this.#tensors.push(...bindCache(this.binding));

    const { buffer } = outputs.host;
    const candidates = rows * candidateCount;
    const [atNormalizer, atTargets, atScores, atIds] = outLayout.offsets;
    this.logNormalizer = new Float32Array(buffer, atNormalizer, normalizers);
    this.targetScores = new Float32Array(buffer, atTargets, rows);
    this.topScores = new Float32Array(buffer, atScores, candidates);
    this.topIds = new Int64Vector(buffer, atIds, candidates);
  }

  /** Brings what the model wrote into the block that is copied to the device. */
  gather(): void {
    for (const { from, to } of this.#gathered) to.set(from);
  }

  #tensor(memory: TensorMemory, { type, shape }: LanePort, offset: number): Tensor {
    const tensor = new Tensor(memory, type, shape, offset);
    this.#tensors.push(tensor);
    return tensor;
  }

  dispose(): void {
    this.binding.dispose();
    for (const tensor of this.#tensors) tensor.dispose();
  }
}
