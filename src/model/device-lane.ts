// A lane in a device's memory, over rows of the cache. Decode steps keep their bindings, take few shapes
// (decode-shapes.ts), and are replayed as CUDA graphs where they come again and again. What is asked for
// beyond the model's own questions is asked about the first token, and read by nobody.

import type { SignatureSizes } from '../../models/gpt2/signature.ts';
import type { DeviceStream } from '../onnxruntime/device.ts';
import type { Session } from '../onnxruntime/session.ts';
import type { CacheMemory } from './cache-memory.ts';
import { keyOf, normalizersOf } from './decode-shapes.ts';
import { DeviceSteps } from './device-steps.ts';
import { Int64Vector } from './int64-vector.ts';
import { KeptBindings, noKey } from './kept-bindings.ts';
import { isShape, type Lane, type LaneKind, type LaneLimits, type LaneShape } from './lane.ts';
import { LaneBinding } from './lane-binding.ts';
import { rowCapacities, rowPorts, totalPort } from './row-ports.ts';

export interface DeviceLaneOptions {
  readonly kind: LaneKind;
  readonly limits: LaneLimits;
  /** Graphs that there may be of this lane's steps; 0: none. */
  readonly mostGraphs: number;
}

export class DeviceLane implements Lane {
  readonly inputIds: Int64Vector; // [sequences, tokens]
  readonly positionIds: Int64Vector; // [sequences, tokens]
  readonly seqlensK: Int32Array; // [sequences]
  readonly totalSequenceLength = new Int32Array(1);
  readonly logitsRows: Int64Vector; // [rows]
  readonly targetIds: Int64Vector; // [rows]
  readonly normalizerRows: Int64Vector; // [normalizers]
  readonly inverseTemperature: Float32Array; // [normalizers]
  logNormalizer: Float32Array = new Float32Array(0); // [normalizers]
  targetScores: Float32Array = new Float32Array(0); // [rows]
  topScores: Float32Array = new Float32Array(0); // [rows, candidates]
  topIds = new Int64Vector(new ArrayBuffer(0)); // [rows, candidates]

  readonly #session: Session;
  readonly #cache: CacheMemory;
  readonly #sizes: SignatureSizes;
  readonly #kind: LaneKind;
  readonly #limits: LaneLimits;
  readonly #steps: DeviceSteps;
  readonly #bindings = new KeptBindings<LaneShape>();
  #stepRows = 0;

  constructor(
    session: Session,
    stream: DeviceStream,
    cache: CacheMemory,
    sizes: SignatureSizes,
    { kind, limits, mostGraphs }: DeviceLaneOptions,
  ) {
    this.#session = session;
    this.#cache = cache;
    this.#sizes = sizes;
    this.#kind = kind;
    this.#limits = limits;
    const steps = new DeviceSteps(session, stream, sizes, {
      rows: limits.rows,
      sequences: limits.sequences,
      tokens: rowCapacities(limits),
      onHostBytes: 4,
      mostGraphs,
      // A replay takes what it was captured with, and what each row really holds from `seqlens_k`.
      sayOnHost: (total, isReplay) => {
        total[0] = isReplay ? sizes.contextLength : this.totalSequenceLength[0]!;
      },
    });
    this.#steps = steps;
    this.inputIds = new Int64Vector(steps.input('input_ids'));
    this.positionIds = new Int64Vector(steps.input('position_ids'));
    this.seqlensK = new Int32Array(steps.input('seqlens_k'));
    this.logitsRows = new Int64Vector(steps.input('logits_rows'));
    this.targetIds = new Int64Vector(steps.input('target_ids'));
    this.normalizerRows = new Int64Vector(steps.input('normalizer_rows'));
    this.inverseTemperature = new Float32Array(steps.input('inverse_temperature'));
  }

  /** Bytes that the last run carried between host and device, both ways. */
  get stepBytes(): number {
    return this.#steps.stepBytes;
  }

  /** Rows of the cache that the last run was over. */
  get stepRows(): number {
    return this.#stepRows;
  }

  get graphCount(): number {
    return this.#steps.shapes.graphCount;
  }

  /** Why nothing is captured any more; null while nothing went wrong. */
  get captureFailure(): string | null {
    return this.#steps.captureFailure;
  }

  run(
    firstRow: number,
    sequences: number,
    tokens: number,
    rows: number,
    normalizers: number,
  ): void {
    const isDecode = this.#kind === 'decode';
    const runRows = isDecode ? sequences : rows;
    const runNormalizers = isDecode
      ? normalizersOf(sequences, normalizers)
      : Math.max(1, normalizers);
    this.#askOfNobody(rows, runRows, normalizers, runNormalizers);
    const key = isDecode ? keyOf(firstRow, sequences, runNormalizers) : noKey;
    const bound = this.#bind(key, firstRow, sequences, tokens, runRows, runNormalizers);
    this.#stepRows = sequences;
    this.#steps.execute(bound, isDecode ? this.#steps.shapes.use(key) : null);
    this.logNormalizer = bound.logNormalizer;
    this.targetScores = bound.targetScores;
    this.topScores = bound.topScores;
    this.topIds = bound.topIds;
  }

  /** The longest step there is, every token of it asked about, before anything was computed. */
  runLargest(): void {
    const { tokens, rows } = this.#limits;
    const sequences = Math.ceil(tokens / this.#sizes.contextLength);
    const width = Math.floor(tokens / sequences);
    this.#clearInputs(sequences, width);
    const count = Math.min(rows, sequences * width);
    this.run(0, sequences, width, count, count);
  }

  /**
   * Captures steps over so many rows from row 0 on, before anything was computed: what they leave in the
   * cache is overwritten by whoever gets a row.
   */
  captureSteps(rowCounts: readonly number[]): void {
    this.#clearInputs(0, 1);
    this.totalSequenceLength[0] = this.#sizes.contextLength;
    for (const count of rowCounts) {
      for (const normalizers of [1, count]) {
        this.#steps.shapes.add(keyOf(0, count, normalizers));
        this.run(0, count, 1, 0, normalizers);
      }
    }
  }

  fetchRows(rows: Int32Array, first: number, end: number): number {
    return this.#steps.fetched.fetch(rows, first, end);
  }

  logitsRow(row: number): Float32Array {
    return this.#steps.fetched.row(row);
  }

  #clearInputs(sequences: number, width: number): void {
    for (const vector of [this.inputIds, this.positionIds, this.logitsRows, this.targetIds]) {
      vector.clear();
    }
    this.normalizerRows.clear();
    this.inverseTemperature.fill(1);
    this.seqlensK.fill(width - 1);
    this.totalSequenceLength[0] = width;
    for (let index = 0; index < sequences * width; index++) {
      this.positionIds.set(index, index % width);
    }
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

  #bind(
    key: number,
    firstRow: number,
    sequences: number,
    tokens: number,
    rows: number,
    normalizers: number,
  ): LaneBinding<LaneShape> {
    const kept = this.#bindings.get(key);
    if (kept && isShape(kept.shape, firstRow, sequences, tokens, rows, normalizers)) return kept;
    const shape = { firstRow, sequences, tokens, rows, normalizers };
    const fresh = new LaneBinding(this.#session, this.#sizes, this.#steps.memory, shape, {
      tokens: rowPorts(shape),
      onHost: totalPort,
      bindCache: (binding) => this.#cache.bind(binding, firstRow, sequences),
    });
    return this.#bindings.keep(key, fresh);
  }

  dispose(): void {
    this.#bindings.dispose();
    this.#steps.dispose();
  }
}
