// A lane in a device's memory, over blocks of the cache. Steps in which every sequence has one token take
// few shapes, and are replayed as CUDA graphs where they come again and again: they are filled up with
// sequences of nobody, whose one token goes into the spare block. Others run plainly.
//
//   a step of 5      a  b  c  d  e  .  .  .      runs as one of 8      .: token 0 at position 0, not read

import type { DeviceStream } from '../../onnxruntime/device.ts';
import type { Session } from '../../onnxruntime/session.ts';
import { runSizes } from '../../scheduler/run-shapes.ts';
import { keyOf, normalizersOf } from '../decode-shapes.ts';
import { DeviceSteps } from '../device-steps.ts';
import { Int64Vector } from '../int64-vector.ts';
import { KeptBindings, noKey } from '../kept-bindings.ts';
import { LaneBinding } from '../lane-binding.ts';
import { portBytes } from '../lane-ports.ts';
import {
  metadataPort,
  type PagedLane,
  type PagedLimits,
  type PagedShape,
  pagedCapacities,
  pagedPorts,
  writeMetadata,
} from './paged-lane.ts';
import { blocksOfContext, type PagedSizes, type PoolMemory } from './pool-memory.ts';

const noSize = -1;

export interface DevicePagedLaneOptions {
  readonly limits: PagedLimits;
  /** The block that is nobody's. */
  readonly spareBlock: number;
  /** Graphs that there may be; 0: none. */
  readonly mostGraphs: number;
}

export class DevicePagedLane implements PagedLane {
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
  logNormalizer: Float32Array = new Float32Array(0); // [normalizers]
  targetScores: Float32Array = new Float32Array(0); // [rows]
  topScores: Float32Array = new Float32Array(0); // [rows, candidates]
  topIds = new Int64Vector(new ArrayBuffer(0)); // [rows, candidates]

  readonly #session: Session;
  readonly #pool: PoolMemory;
  readonly #sizes: PagedSizes;
  readonly #tableWidth: number;
  readonly #limits: PagedLimits;
  readonly #spareBlock: number;
  readonly #steps: DeviceSteps;
  readonly #bindings = new KeptBindings<PagedShape>();
  /** What decode steps have for a number of sequences. */
  readonly #stepSizes: readonly number[];
  #stepSequences = 0;

  constructor(
    session: Session,
    stream: DeviceStream,
    pool: PoolMemory,
    sizes: PagedSizes,
    { limits, spareBlock, mostGraphs }: DevicePagedLaneOptions,
  ) {
    this.#session = session;
    this.#pool = pool;
    this.#sizes = sizes;
    this.#tableWidth = blocksOfContext(sizes);
    this.#limits = limits;
    this.#spareBlock = spareBlock;
    this.#stepSizes = mostGraphs > 0 ? runSizes(limits.sequences) : [];
    const steps = new DeviceSteps(session, stream, sizes, {
      rows: limits.tokens,
      sequences: limits.sequences,
      tokens: pagedCapacities(limits, this.#tableWidth),
      onHostBytes: portBytes(metadataPort),
      mostGraphs,
      sayOnHost: (into, isReplay) => {
        writeMetadata(into, this.metadata, isReplay ? sizes.contextLength : null);
      },
    });
    this.#steps = steps;
    this.inputIds = new Int64Vector(steps.input('input_ids'));
    this.positionIds = new Int64Vector(steps.input('position_ids'));
    this.boundaries = new Int32Array(steps.input('cumulative_sequence_length'));
    this.pastLengths = new Int32Array(steps.input('past_seqlens'));
    this.blockTable = new Int32Array(steps.input('block_table'));
    this.slots = new Int32Array(steps.input('slot_mapping'));
    this.logitsRows = new Int64Vector(steps.input('logits_rows'));
    this.targetIds = new Int64Vector(steps.input('target_ids'));
    this.normalizerRows = new Int64Vector(steps.input('normalizer_rows'));
    this.inverseTemperature = new Float32Array(steps.input('inverse_temperature'));
  }

  /** Bytes that the last run carried between host and device, both ways. */
  get stepBytes(): number {
    return this.#steps.stepBytes;
  }

  /** Sequences that the last run was over, those of nobody included. */
  get stepSequences(): number {
    return this.#stepSequences;
  }

  get graphCount(): number {
    return this.#steps.shapes.graphCount;
  }

  /** Why nothing is captured any more; null while nothing went wrong. */
  get captureFailure(): string | null {
    return this.#steps.captureFailure;
  }

  run(tokens: number, sequences: number, rows: number, normalizers: number): void {
    const size = tokens === sequences ? this.#stepSize(sequences) : noSize;
    if (size !== noSize) {
      this.#runDecode(size, sequences, rows, normalizers);
      return;
    }
    const asked = Math.max(1, normalizers);
    this.#askOfNobody(rows, rows, normalizers, asked);
    this.#runShape(noKey, tokens, sequences, rows, asked);
  }

  fetchRows(rows: Int32Array, first: number, end: number): number {
    return this.#steps.fetched.fetch(rows, first, end);
  }

  logitsRow(row: number): Float32Array {
    return this.#steps.fetched.row(row);
  }

  /**
   * The longest step there is, every token of it scored, and as many as may be drawn after, too, before
   * anything was computed.
   */
  runLargest(): void {
    const { tokens, sequences: most } = this.#limits;
    const sequences = Math.min(most, Math.ceil(tokens / this.#sizes.contextLength));
    const longest = Math.min(this.#sizes.contextLength, Math.ceil(tokens / sequences));
    let count = 0;
    for (let sequence = 0; sequence < sequences; sequence++) {
      const length = Math.min(longest, tokens - count);
      for (let position = 0; position < length; position++) this.#placeInSpare(count++, position);
      this.boundaries[sequence + 1] = count;
      this.#readSpare(sequence);
    }
    this.metadata[0] = longest;
    this.metadata[1] = longest;
    for (let row = 0; row < count; row++) {
      this.logitsRows.set(row, row);
      this.targetIds.set(row, 0);
    }
    const normalizers = count + Math.min(most, count);
    for (let index = 0; index < normalizers; index++) {
      this.normalizerRows.set(index, index % count);
      this.inverseTemperature[index] = 1;
    }
    this.#runShape(noKey, count, sequences, count, normalizers);
  }

  /** Captures decode steps of all sizes that they take, before anything was computed. */
  captureSteps(): void {
    this.metadata[0] = 1;
    this.metadata[1] = 1;
    for (const size of this.#stepSizes) {
      for (const normalizers of [1, size]) {
        this.#steps.shapes.add(keyOf(0, size, normalizers));
        this.#runDecode(size, 0, 0, normalizers);
      }
    }
  }

  /** One token for each of some sequences, as a step of a size that comes again. */
  #runDecode(size: number, sequences: number, rows: number, normalizers: number): void {
    for (let sequence = sequences; sequence < size; sequence++) {
      this.#placeInSpare(sequence, 0);
      this.#readSpare(sequence);
      this.boundaries[sequence + 1] = sequence + 1;
    }
    const asked = normalizersOf(size, normalizers);
    this.#askOfNobody(rows, size, normalizers, asked);
    this.#runShape(keyOf(0, size, asked), size, size, size, asked);
  }

  /** The least of the sizes that there are for so many sequences; `noSize` where every step is its own. */
  #stepSize(sequences: number): number {
    for (const size of this.#stepSizes) if (size >= sequences) return size;
    return noSize;
  }

  #placeInSpare(token: number, position: number): void {
    const { blockSize } = this.#sizes;
    this.inputIds.set(token, 0);
    this.positionIds.set(token, position);
    this.slots[token] = this.#spareBlock * blockSize + (position % blockSize);
  }

  #readSpare(sequence: number): void {
    const start = sequence * this.#tableWidth;
    this.blockTable.fill(this.#spareBlock, start, start + this.#tableWidth);
    this.pastLengths[sequence] = 0;
  }

  /** Room beyond the model's own questions is filled with ones that any shape can answer. */
  #askOfNobody(rows: number, runRows: number, normalizers: number, runNormalizers: number): void {
    for (let row = rows; row < runRows; row++) {
      this.logitsRows.set(row, 0);
      this.targetIds.set(row, 0);
    }
    for (let index = normalizers; index < runNormalizers; index++) {
      this.normalizerRows.set(index, 0);
      this.inverseTemperature[index] = 1;
    }
  }

  #runShape(
    key: number,
    tokens: number,
    sequences: number,
    rows: number,
    normalizers: number,
  ): void {
    this.#stepSequences = sequences;
    const bound = this.#bind(key, tokens, sequences, rows, normalizers);
    this.#steps.execute(bound, key === noKey ? null : this.#steps.shapes.use(key));
    this.logNormalizer = bound.logNormalizer;
    this.targetScores = bound.targetScores;
    this.topScores = bound.topScores;
    this.topIds = bound.topIds;
  }

  #bind(
    key: number,
    tokens: number,
    sequences: number,
    rows: number,
    normalizers: number,
  ): LaneBinding<PagedShape> {
    const kept = this.#bindings.get(key);
    if (
      kept?.shape.tokens === tokens &&
      kept.shape.sequences === sequences &&
      kept.shape.rows === rows &&
      kept.shape.normalizers === normalizers
    ) {
      return kept;
    }
    const shape = { tokens, sequences, rows, normalizers };
    const fresh = new LaneBinding(this.#session, this.#sizes, this.#steps.memory, shape, {
      tokens: pagedPorts(shape, this.#tableWidth),
      onHost: metadataPort,
      bindCache: (binding) => this.#pool.bind(binding),
    });
    return this.#bindings.keep(key, fresh);
  }

  dispose(): void {
    this.#bindings.dispose();
    this.#steps.dispose();
  }
}
