// The obvious twin of a device's lane over blocks: buffers in the host's memory, bound anew for each shape,
// and every step run as it is.

import { Int64Vector } from '../../../src/model/int64-vector.ts';
import { normalizersPerRow } from '../../../src/model/lane.ts';
import {
  answerPorts,
  type LanePort,
  portBytes,
  questionPorts,
} from '../../../src/model/lane-ports.ts';
import {
  metadataPort,
  type PagedLane,
  type PagedLimits,
  type PagedShape,
  pagedPorts,
  writeMetadata,
} from '../../../src/model/paged/paged-lane.ts';
import {
  blocksOfContext,
  type PagedSizes,
  type PoolMemory,
} from '../../../src/model/paged/pool-memory.ts';
import { NativeMemory } from '../../../src/onnxruntime/memory.ts';
import type { Session } from '../../../src/onnxruntime/session.ts';
import { Binding, Tensor } from '../../../src/onnxruntime/tensor.ts';

export class HostPagedLane implements PagedLane {
  readonly inputIds: Int64Vector; // [tokens]
  readonly positionIds: Int64Vector; // [tokens]
  readonly boundaries: Int32Array; // [sequences + 1]
  readonly pastLengths: Int32Array; // [sequences]
  readonly blockTable: Int32Array; // [sequences, blocks of a context]
  readonly slots: Int32Array; // [tokens]
  readonly metadata = new Int32Array(2);
  readonly logitsRows: Int64Vector; // [rows]
  readonly targetIds: Int64Vector; // [rows]
  readonly normalizerRows: Int64Vector; // [normalizers]
  readonly inverseTemperature: Float32Array; // [normalizers]
  readonly logNormalizer: Float32Array; // [normalizers]
  readonly targetScores: Float32Array; // [rows]
  readonly topScores: Float32Array; // [rows, candidates]
  readonly topIds: Int64Vector; // [rows, candidates]

  readonly #session: Session;
  readonly #pool: PoolMemory;
  readonly #sizes: PagedSizes;
  readonly #memories = new Map<string, NativeMemory>(); // by the port's name
  readonly #logits: Float32Array; // [rows, vocabulary]
  readonly #metadata: Int32Array; // [3]
  readonly #binding: Binding;
  #tensors: Tensor[] = [];
  #bound: PagedShape | null = null;

  constructor(session: Session, pool: PoolMemory, sizes: PagedSizes, limits: PagedLimits) {
    this.#session = session;
    this.#pool = pool;
    this.#sizes = sizes;
    this.#binding = new Binding(session);
    const { tokens } = limits;
    const most = { ...limits, rows: tokens, normalizers: normalizersPerRow * tokens };
    for (const port of [...this.#inputs(most), ...this.#outputs(most)]) {
      this.#memories.set(port.name, new NativeMemory(portBytes(port)));
    }
    const of = (name: string) => this.#memories.get(name)!.buffer;
    this.inputIds = new Int64Vector(of('input_ids'));
    this.positionIds = new Int64Vector(of('position_ids'));
    this.boundaries = new Int32Array(of('cumulative_sequence_length'));
    this.pastLengths = new Int32Array(of('past_seqlens'));
    this.blockTable = new Int32Array(of('block_table'));
    this.slots = new Int32Array(of('slot_mapping'));
    this.#metadata = new Int32Array(of('attention_metadata'));
    this.logitsRows = new Int64Vector(of('logits_rows'));
    this.targetIds = new Int64Vector(of('target_ids'));
    this.normalizerRows = new Int64Vector(of('normalizer_rows'));
    this.inverseTemperature = new Float32Array(of('inverse_temperature'));
    this.#logits = new Float32Array(of('logits'));
    this.logNormalizer = new Float32Array(of('log_normalizer'));
    this.targetScores = new Float32Array(of('target_scores'));
    this.topScores = new Float32Array(of('top_scores'));
    this.topIds = new Int64Vector(of('top_ids'));
  }

  run(tokens: number, sequences: number, rows: number, normalizers: number): void {
    const bound = this.#bound;
    const isBound =
      bound !== null &&
      bound.tokens === tokens &&
      bound.sequences === sequences &&
      bound.rows === rows &&
      bound.normalizers === normalizers;
    if (!isBound) this.#bind({ tokens, sequences, rows, normalizers });
    writeMetadata(this.#metadata, this.metadata, null);
    this.#session.run(this.#binding);
  }

  fetchRows(_rows: Int32Array, _first: number, end: number): number {
    return end;
  }

  logitsRow(row: number): Float32Array {
    const { vocabularySize } = this.#sizes;
    return this.#logits.subarray(row * vocabularySize, (row + 1) * vocabularySize);
  }

  #inputs(shape: PagedShape): readonly LanePort[] {
    const tokens = pagedPorts(shape, blocksOfContext(this.#sizes));
    return [...tokens, metadataPort, ...questionPorts(shape)];
  }

  #outputs(shape: PagedShape): readonly LanePort[] {
    const { vocabularySize, candidateCount } = this.#sizes;
    const logits = {
      name: 'logits',
      type: 'float32',
      shape: [shape.rows, vocabularySize],
    } as const;
    return [logits, ...answerPorts(shape, candidateCount)];
  }

  #bind(shape: PagedShape): void {
    // Until all is renewed nothing counts as bound: a failure midway must not be run upon.
    this.#bound = null;
    const old = this.#tensors;
    const tensor = ({ name, type, shape: sizes }: LanePort) => {
      return new Tensor(this.#memories.get(name)!, type, sizes);
    };
    const bound: Tensor[] = [];
    this.#tensors = bound;
    for (const port of this.#inputs(shape)) {
      const given = tensor(port);
      bound.push(given);
      this.#binding.input(port.name, given);
    }
    for (const port of this.#outputs(shape)) {
      const made = tensor(port);
      bound.push(made);
      this.#binding.output(port.name, made);
    }
    bound.push(...this.#pool.bind(this.#binding));
    this.#bound = shape;
    for (const each of old) each.dispose();
  }

  dispose(): void {
    this.#binding.dispose();
    for (const tensor of this.#tensors) tensor.dispose();
    for (const memory of this.#memories.values()) memory.dispose();
  }
}
