// A lane in a device's memory. A run is one copy to the device, the graph, one copy back and one wait;
// logits stay on the device, and rows of them are fetched when somebody asks (fetched-rows.ts). Decode steps keep their
// bindings, take few shapes (decode-shapes.ts), and are replayed as CUDA graphs where they come again and
// again. What is asked for beyond the model's own questions is asked about the first token, and read by nobody.

import type { SignatureSizes } from '../../models/gpt2/signature.ts';
import type { DeviceStream } from '../onnxruntime/device.ts';
import { NativeMemory } from '../onnxruntime/memory.ts';
import { RunOptions, type Session } from '../onnxruntime/session.ts';
import { layOut } from './block-layout.ts';
import type { CacheMemory } from './cache-memory.ts';
import { keyOf, noKey, normalizersOf } from './decode-shapes.ts';
import { FetchedRows } from './fetched-rows.ts';
import { Int64Vector } from './int64-vector.ts';
import { isShape, type Lane, type LaneKind, type LaneLimits } from './lane.ts';
import { inputCapacities, LaneBinding, type LaneMemory, outputCapacities } from './lane-binding.ts';
import { ReplayedShapes } from './replayed-shapes.ts';

/** Bindings of decode steps that are kept. */
const mostBindings = 512;

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
  readonly #stream: DeviceStream;
  readonly #cache: CacheMemory;
  readonly #sizes: SignatureSizes;
  readonly #kind: LaneKind;
  readonly #limits: LaneLimits;
  readonly #memory: LaneMemory;
  readonly #total: Int32Array; // [1]
  readonly #bindings = new Map<number, LaneBinding>(); // by shape, the oldest first
  readonly #shapes: ReplayedShapes;
  readonly #plainRun: RunOptions;
  readonly #replays: (RunOptions | undefined)[] = []; // by graph id
  readonly #fetched: FetchedRows;
  #bound: LaneBinding | null = null;
  #stepBytes = 0;
  #stepRows = 0;
  #captureFailure: string | null = null;

  constructor(
    session: Session,
    stream: DeviceStream,
    cache: CacheMemory,
    sizes: SignatureSizes,
    { kind, limits, mostGraphs }: DeviceLaneOptions,
  ) {
    this.#session = session;
    this.#stream = stream;
    this.#cache = cache;
    this.#sizes = sizes;
    this.#kind = kind;
    this.#limits = limits;
    this.#shapes = new ReplayedShapes(mostGraphs);
    this.#plainRun = runOptions(mostGraphs > 0 ? plainGraphId : null);
    const capacities = inputCapacities(limits);
    const written = new Map(
      Array.from(capacities, ([name, bytes]) => [name, new ArrayBuffer(bytes)] as const),
    );
    const input = (name: string) => written.get(name)!;
    this.inputIds = new Int64Vector(input('input_ids'));
    this.positionIds = new Int64Vector(input('position_ids'));
    this.seqlensK = new Int32Array(input('seqlens_k'));
    this.logitsRows = new Int64Vector(input('logits_rows'));
    this.targetIds = new Int64Vector(input('target_ids'));
    this.normalizerRows = new Int64Vector(input('normalizer_rows'));
    this.inverseTemperature = new Float32Array(input('inverse_temperature'));
    const pair = (byteLength: number) => {
      return { host: stream.allocateHost(byteLength), device: stream.allocate(byteLength) };
    };
    const total = new NativeMemory(4);
    this.#total = new Int32Array(total.buffer);
    this.#memory = {
      inputs: pair(layOut([...capacities.values()]).byteLength),
      outputs: pair(layOut(outputCapacities(limits, sizes)).byteLength),
      logits: stream.allocate(limits.rows * sizes.vocabularySize * 4),
      totalSequenceLength: total,
      written,
    };
    const { logits } = this.#memory;
    // Tokens are drawn from one row of each sequence.
    this.#fetched = new FetchedRows(stream, logits, sizes.vocabularySize, limits.sequences);
  }

  /** Bytes that the last run carried between host and device, both ways. */
  get stepBytes(): number {
    return this.#stepBytes;
  }

  /** Rows of the cache that the last run was over. */
  get stepRows(): number {
    return this.#stepRows;
  }

  get graphCount(): number {
    return this.#shapes.graphCount;
  }

  /** Why nothing is captured any more; null while nothing went wrong. */
  get captureFailure(): string | null {
    return this.#captureFailure;
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
    this.#execute(bound, isDecode ? this.#shapes.use(key) : null);
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
        this.#shapes.add(keyOf(0, count, normalizers));
        this.run(0, count, 1, 0, normalizers);
      }
    }
  }

  fetchRows(rows: Int32Array, first: number, end: number): number {
    return this.#fetched.fetch(rows, first, end);
  }

  logitsRow(row: number): Float32Array {
    return this.#fetched.row(row);
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

  #execute(bound: LaneBinding, graph: number | null): void {
    const { inputs, outputs } = this.#memory;
    // A replay takes what it was captured with, and what each row really holds from `seqlens_k`.
    this.#total[0] = graph === null ? this.totalSequenceLength[0]! : this.#sizes.contextLength;
    this.#fetched.forget();
    this.#stepBytes = bound.inputBytes + bound.outputBytes;
    this.#stepRows = bound.shape.sequences;
    bound.gather();
    try {
      this.#stream.copyIn(inputs.host, inputs.device, bound.inputBytes);
      this.#session.run(bound.binding, graph === null ? this.#plainRun : this.#replayOf(graph));
      this.#stream.copyOut(outputs.device, 0, outputs.host, 0, bound.outputBytes);
      this.#stream.synchronize();
    } catch (error) {
      // What may still be under way must not meet the next step's inputs.
      settle(this.#stream);
      if (graph === null) throw error;
      this.#captureFailure = (error as Error).message;
      this.#shapes.close();
      this.#execute(bound, null);
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
  ): LaneBinding {
    const kept = key === noKey ? this.#bound : this.#bindings.get(key);
    if (kept && isShape(kept.shape, firstRow, sequences, tokens, rows, normalizers)) return kept;
    const shape = { firstRow, sequences, tokens, rows, normalizers };
    const fresh = new LaneBinding(this.#session, this.#cache, this.#sizes, this.#memory, shape);
    if (key === noKey) {
      this.#bound?.dispose();
      this.#bound = fresh;
    } else {
      if (this.#bindings.size >= mostBindings) this.#forgetOldest();
      this.#bindings.set(key, fresh);
    }
    return fresh;
  }

  #forgetOldest(): void {
    const [oldest] = this.#bindings.keys();
    this.#bindings.get(oldest!)!.dispose();
    this.#bindings.delete(oldest!);
  }

  #replayOf(graph: number): RunOptions {
    let found = this.#replays[graph];
    if (found === undefined) {
      found = runOptions(graph);
      this.#replays[graph] = found;
    }
    return found;
  }

  dispose(): void {
    for (const binding of this.#bindings.values()) binding.dispose();
    this.#bound?.dispose();
    for (const options of [this.#plainRun, ...this.#replays]) options?.dispose();
    const { inputs, outputs, logits, totalSequenceLength } = this.#memory;
    const memories = [inputs.host, inputs.device, outputs.host, outputs.device, logits];
    for (const memory of [...memories, totalSequenceLength, this.#fetched]) memory.dispose();
  }
}

const plainGraphId = -1;

/** Without waiting for the end of each run: our own copies and our wait come after it on the stream. */
function runOptions(graph: number | null): RunOptions {
  return new RunOptions({
    disable_synchronize_execution_providers: '1',
    ...(graph !== null && { gpu_graph_id: String(graph) }),
  });
}

function settle(stream: DeviceStream): void {
  try {
    stream.synchronize();
  } catch {
    // The error that is on its way says more.
  }
}
