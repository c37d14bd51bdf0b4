// What every lane in a device's memory has: a block of inputs and one of outputs, each on both sides, and how
// a bound step is carried out: one copy to the device, the graph, one copy back and one wait; or the replay
// of a CUDA graph in its place. Logits stay on the device, and rows of them are fetched when somebody asks (fetched-rows.ts).

import type { SignatureSizes } from '../../models/gpt2/signature.ts';
import type { DeviceStream } from '../onnxruntime/device.ts';
import { NativeMemory } from '../onnxruntime/memory.ts';
import { RunOptions, type Session } from '../onnxruntime/session.ts';
import { layOut } from './block-layout.ts';
import { FetchedRows } from './fetched-rows.ts';
import { normalizersPerRow } from './lane.ts';
import type { LaneBinding, LaneMemory } from './lane-binding.ts';
import { answerPorts, portBytes, questionPorts } from './lane-ports.ts';
import { ReplayedShapes } from './replayed-shapes.ts';

export interface DeviceStepsOptions {
  /** Of logits at most. */
  readonly rows: number;
  readonly sequences: number;
  /** The bytes of each input beside the questions at most. */
  readonly tokens: readonly (readonly [name: string, bytes: number])[];
  readonly onHostBytes: number;
  /** Graphs that there may be; 0: none. */
  readonly mostGraphs: number;
  /** Writes the input that stays on the host; a replay ignores all but what it was captured with. */
  readonly sayOnHost: (into: Int32Array, isReplay: boolean) => void;
}

export class DeviceSteps {
  readonly memory: LaneMemory;
  /** Which shapes are replayed. */
  readonly shapes: ReplayedShapes;
  /** Rows of the last step's logits. */
  readonly fetched: FetchedRows;
  readonly #session: Session;
  readonly #stream: DeviceStream;
  readonly #sayOnHost: DeviceStepsOptions['sayOnHost'];
  readonly #onHost: Int32Array;
  readonly #plainRun: RunOptions;
  readonly #replays: (RunOptions | undefined)[] = []; // by graph id
  #stepBytes = 0;
  #captureFailure: string | null = null;

  constructor(
    session: Session,
    stream: DeviceStream,
    { vocabularySize, candidateCount }: SignatureSizes,
    { rows, sequences, tokens, onHostBytes, mostGraphs, sayOnHost }: DeviceStepsOptions,
  ) {
    this.#session = session;
    this.#stream = stream;
    this.#sayOnHost = sayOnHost;
    this.shapes = new ReplayedShapes(mostGraphs);
    this.#plainRun = runOptions(mostGraphs > 0 ? plainGraphId : null);
    const most = { rows, normalizers: rows * normalizersPerRow };
    const asked = questionPorts(most).map((port) => [port.name, portBytes(port)] as const);
    const capacities = new Map([...tokens, ...asked]);
    const written = new Map(
      Array.from(capacities, ([name, bytes]) => [name, new ArrayBuffer(bytes)] as const),
    );
    const pair = (byteLength: number) => {
      return { host: stream.allocateHost(byteLength), device: stream.allocate(byteLength) };
    };
    const onHost = new NativeMemory(onHostBytes);
    this.#onHost = new Int32Array(onHost.buffer);
    const answers = answerPorts(most, candidateCount).map(portBytes);
    this.memory = {
      inputs: pair(layOut([...capacities.values()]).byteLength),
      outputs: pair(layOut(answers).byteLength),
      logits: stream.allocate(rows * vocabularySize * 4),
      onHost,
      written,
    };
    // Tokens are drawn from one row of each sequence.
    this.fetched = new FetchedRows(stream, this.memory.logits, vocabularySize, sequences);
  }

  /** Where the model writes an input. */
  input(name: string): ArrayBuffer {
    return this.memory.written.get(name)!;
  }

  /** Bytes that the last run carried between host and device, both ways. */
  get stepBytes(): number {
    return this.#stepBytes;
  }

  /** Why nothing is captured any more; null while nothing went wrong. */
  get captureFailure(): string | null {
    return this.#captureFailure;
  }

  /** `graph`: the one that the step is replayed as; null: it runs plainly. */
  execute(bound: LaneBinding, graph: number | null): void {
    const { inputs, outputs } = this.memory;
    this.#sayOnHost(this.#onHost, graph !== null);
    this.fetched.forget();
    this.#stepBytes = bound.inputBytes + bound.outputBytes;
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
      this.shapes.close();
      this.execute(bound, null);
    }
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
    for (const options of [this.#plainRun, ...this.#replays]) options?.dispose();
    const { inputs, outputs, logits, onHost } = this.memory;
    const memories = [inputs.host, inputs.device, outputs.host, outputs.device, logits];
    for (const memory of [...memories, onHost, this.fetched]) memory.dispose();
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
