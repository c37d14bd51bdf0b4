// A lane in the host's memory: buffers of a fixed address for everything but the cache, and a binding that
// is renewed only when a shape or the bound rows change.

import type { SignatureSizes } from '../../models/gpt2/signature.ts';
import { NativeMemory } from '../onnxruntime/memory.ts';
import type { Session } from '../onnxruntime/session.ts';
import { Binding, type ElementType, Tensor } from '../onnxruntime/tensor.ts';
import type { CacheMemory } from './cache-memory.ts';
import { Int64Vector } from './int64-vector.ts';
import {
  isShape,
  type Lane,
  type LaneLimits,
  type LaneShape,
  normalizersPerRow,
  unbound,
} from './lane.ts';

export class HostLane implements Lane {
  readonly inputIds: Int64Vector; // [sequences, tokens]
  readonly positionIds: Int64Vector; // [sequences, tokens]
  readonly seqlensK: Int32Array; // [sequences]
  readonly totalSequenceLength: Int32Array; // [1]
  readonly logitsRows: Int64Vector; // [rows]
  readonly targetIds: Int64Vector; // [rows]
  readonly normalizerRows: Int64Vector; // [normalizers]
  readonly inverseTemperature: Float32Array; // [normalizers]
  readonly logNormalizer: Float32Array; // [normalizers]
  readonly targetScores: Float32Array; // [rows]
  readonly topScores: Float32Array; // [rows, candidates]
  readonly topIds: Int64Vector; // [rows, candidates]

  readonly #logits: Float32Array; // [rows, vocabulary]
  readonly #session: Session;
  readonly #cache: CacheMemory;
  readonly #sizes: SignatureSizes;
  readonly #memories = new Map<string, NativeMemory>();
  readonly #binding: Binding;
  #tensors: Tensor[] = [];
  #bound: LaneShape = unbound;

  constructor(session: Session, cache: CacheMemory, sizes: SignatureSizes, limits: LaneLimits) {
    this.#session = session;
    this.#cache = cache;
    this.#sizes = sizes;
    this.#binding = new Binding(session);
    const { tokens, sequences, rows } = limits;
    const { vocabularySize, candidateCount } = sizes;
    this.inputIds = new Int64Vector(this.#allocate('input_ids', tokens * 8));
    this.positionIds = new Int64Vector(this.#allocate('position_ids', tokens * 8));
    this.seqlensK = new Int32Array(this.#allocate('seqlens_k', sequences * 4));
    this.totalSequenceLength = new Int32Array(this.#allocate('total_sequence_length', 4));
    this.logitsRows = new Int64Vector(this.#allocate('logits_rows', rows * 8));
    this.targetIds = new Int64Vector(this.#allocate('target_ids', rows * 8));
    const normalizers = rows * normalizersPerRow;
    this.normalizerRows = new Int64Vector(this.#allocate('normalizer_rows', normalizers * 8));
    this.inverseTemperature = new Float32Array(
      this.#allocate('inverse_temperature', normalizers * 4),
    );
    this.#logits = new Float32Array(this.#allocate('logits', rows * vocabularySize * 4));
    this.logNormalizer = new Float32Array(this.#allocate('log_normalizer', normalizers * 4));
    this.targetScores = new Float32Array(this.#allocate('target_scores', rows * 4));
    this.topScores = new Float32Array(this.#allocate('top_scores', rows * candidateCount * 4));
    this.topIds = new Int64Vector(this.#allocate('top_ids', rows * candidateCount * 8));
  }

  run(
    firstRow: number,
    sequences: number,
    tokens: number,
    rows: number,
    normalizers: number,
  ): void {
    if (!isShape(this.#bound, firstRow, sequences, tokens, rows, normalizers)) {
      this.#bind({ firstRow, sequences, tokens, rows, normalizers });
    }
    this.#session.run(this.#binding);
  }

  fetchRows(_rows: Int32Array, _first: number, end: number): number {
    return end;
  }

  logitsRow(row: number): Float32Array {
    const { vocabularySize } = this.#sizes;
    return this.#logits.subarray(row * vocabularySize, (row + 1) * vocabularySize);
  }

  #bind(shape: LaneShape): void {
    // Until all is renewed nothing counts as bound: a failure midway must not be run upon.
    this.#bound = unbound;
    const { sequences, tokens, rows, normalizers } = shape;
    const { vocabularySize, candidateCount } = this.#sizes;
    const old = this.#tensors;
    this.#tensors = [
      this.#input('input_ids', 'int64', [sequences, tokens]),
      this.#input('position_ids', 'int64', [sequences, tokens]),
      this.#input('seqlens_k', 'int32', [sequences]),
      this.#input('total_sequence_length', 'int32', []),
      this.#input('logits_rows', 'int64', [rows]),
      this.#input('target_ids', 'int64', [rows]),
      this.#input('normalizer_rows', 'int64', [normalizers]),
      this.#input('inverse_temperature', 'float32', [normalizers]),
      this.#output('logits', 'float32', [rows, vocabularySize]),
      this.#output('log_normalizer', 'float32', [normalizers]),
      this.#output('target_scores', 'float32', [rows]),
      this.#output('top_scores', 'float32', [rows, candidateCount]),
      this.#output('top_ids', 'int64', [rows, candidateCount]),
      ...this.#cache.bind(this.#binding, shape.firstRow, sequences),
    ];
    this.#bound = shape;
    for (const tensor of old) tensor.dispose();
  }

  #allocate(name: string, byteLength: number): ArrayBuffer {
    const memory = new NativeMemory(byteLength);
    this.#memories.set(name, memory);
    return memory.buffer;
  }

  #input(name: string, type: ElementType, shape: readonly number[]): Tensor {
    const tensor = new Tensor(this.#memories.get(name)!, type, shape);
    this.#binding.input(name, tensor);
    return tensor;
  }

  #output(name: string, type: ElementType, shape: readonly number[]): Tensor {
    const tensor = new Tensor(this.#memories.get(name)!, type, shape);
    this.#binding.output(name, tensor);
    return tensor;
  }

  dispose(): void {
    this.#binding.dispose();
    for (const tensor of this.#tensors) tensor.dispose();
    for (const memory of this.#memories.values()) memory.dispose();
  }
}
