// What one shape of a device's lane is bound to: its arrays side by side in the lane's two blocks, those
// of its inputs in one and those of its small outputs in the other, each block once on the host and once
// on the device, and the cache's rows.

import type { SignatureSizes } from '../../models/gpt2/signature.ts';
import type { HostMemory, TensorMemory } from '../onnxruntime/device.ts';
import type { Session } from '../onnxruntime/session.ts';
import { Binding, Tensor } from '../onnxruntime/tensor.ts';
import { layOut } from './block-layout.ts';
import type { CacheMemory } from './cache-memory.ts';
import { Int64Vector } from './int64-vector.ts';
import { type LaneLimits, type LaneShape, normalizersPerRow } from './lane.ts';

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
  readonly totalSequenceLength: HostMemory; // [1]
  /** Where the model writes inputs, by name; a run takes what its shape needs from their beginnings. */
  readonly written: ReadonlyMap<string, ArrayBuffer>;
}

const elementBytes = { float32: 4, int32: 4, int64: 8 } as const;

interface Port {
  readonly name: string;
  readonly type: keyof typeof elementBytes;
  readonly shape: readonly number[];
}

export function inputPorts({ sequences, tokens, rows, normalizers }: LaneShape): readonly Port[] {
  return [
    { name: 'input_ids', type: 'int64', shape: [sequences, tokens] },
    { name: 'position_ids', type: 'int64', shape: [sequences, tokens] },
    { name: 'seqlens_k', type: 'int32', shape: [sequences] },
    { name: 'logits_rows', type: 'int64', shape: [rows] },
    { name: 'target_ids', type: 'int64', shape: [rows] },
    { name: 'normalizer_rows', type: 'int64', shape: [normalizers] },
    { name: 'inverse_temperature', type: 'float32', shape: [normalizers] },
  ];
}

export function outputPorts(
  { rows, normalizers }: LaneShape,
  { candidateCount }: SignatureSizes,
): readonly Port[] {
  return [
    { name: 'log_normalizer', type: 'float32', shape: [normalizers] },
    { name: 'target_scores', type: 'float32', shape: [rows] },
    { name: 'top_scores', type: 'float32', shape: [rows, candidateCount] },
    { name: 'top_ids', type: 'int64', shape: [rows, candidateCount] },
  ];
}

/** The bytes of each input at most, in the order of `inputPorts`. */
export function inputCapacities({
  tokens,
  sequences,
  rows,
}: LaneLimits): ReadonlyMap<string, number> {
  const normalizers = rows * normalizersPerRow;
  // However the tokens are divided among sequences.
  const largest = inputPorts({ firstRow: 0, sequences: 1, tokens, rows, normalizers });
  const capacities = new Map(largest.map((port) => [port.name, portBytes(port)] as const));
  return capacities.set('seqlens_k', sequences * elementBytes.int32);
}

/** The bytes of each small output at most, in the order of `outputPorts`. */
export function outputCapacities({ rows }: LaneLimits, sizes: SignatureSizes): readonly number[] {
  const normalizers = rows * normalizersPerRow;
  const largest = { firstRow: 0, sequences: 1, tokens: rows, rows, normalizers };
  return outputPorts(largest, sizes).map(portBytes);
}

function portBytes({ type, shape }: Port): number {
  return shape.reduce((product, size) => product * size, elementBytes[type]);
}

export class LaneBinding {
  readonly shape: LaneShape;
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
    cache: CacheMemory,
    sizes: SignatureSizes,
    memory: LaneMemory,
    shape: LaneShape,
  ) {
    this.shape = shape;
    this.binding = new Binding(session);
    const { inputs, outputs, logits, totalSequenceLength, written } = memory;
    const into = inputPorts(shape);
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
    const total = { name: 'total_sequence_length', type: 'int32', shape: [] } as const;
    this.binding.input(total.name, this.#tensor(totalSequenceLength, total, 0));
    const outOf = outputPorts(shape, sizes);
    const outLayout = layOut(outOf.map(portBytes));
    this.outputBytes = outLayout.byteLength;
    outOf.forEach((port, index) => {
      this.binding.output(port.name, this.#tensor(outputs.device, port, outLayout.offsets[index]!));
    });
    const { rows, normalizers, firstRow, sequences } = shape;
    const whole = { name: 'logits', type: 'float32', shape: [rows, sizes.vocabularySize] } as const;
    this.binding.output(whole.name, this.#tensor(logits, whole, 0));
    this.#tensors.push(...cache.bind(this.binding, firstRow, sequences));

    const { buffer } = outputs.host;
    const candidates = rows * sizes.candidateCount;
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

  #tensor(memory: TensorMemory, { type, shape }: Port, offset: number): Tensor {
    const tensor = new Tensor(memory, type, shape, offset);
    this.#tensors.push(tensor);
    return tensor;
  }

  dispose(): void {
    this.binding.dispose();
    for (const tensor of this.#tensors) tensor.dispose();
  }
}
