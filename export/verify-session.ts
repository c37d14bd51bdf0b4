// Runs slices of sequences through an artifact, keeping its cache from step to step: turns ids into
// the signature's inputs and makes its outputs readable row by row.

import {
  type ElementType,
  pastKeyName,
  pastValueName,
  presentKeyName,
  presentValueName,
} from '../models/gpt2/signature.ts';
import type { CachePrecision, Manifest } from '../models/manifest.ts';

export interface TensorData {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** float16 as its bits. */
  readonly data: Float32Array | Uint16Array | Int8Array | Int32Array | BigInt64Array;
}

/** Runs the graph once: all inputs of its signature in, all outputs out, by name. */
export type Run = (
  inputs: ReadonlyMap<string, TensorData>,
) => Promise<ReadonlyMap<string, TensorData>>;

/** An opened artifact. */
export interface ArtifactRunner {
  readonly run: Run;
  close(): Promise<void>;
}

/** The tokens of one sequence that a step is to compute; those before are in the cache. */
export interface Slice {
  readonly ids: readonly number[];
  readonly from: number;
  readonly to: number;
}

export class Session {
  readonly #manifest: Manifest;
  readonly #run: Run;
  readonly #inverseTemperature: number;
  #cache: ReadonlyMap<string, TensorData> = new Map();

  constructor(manifest: Manifest, run: Run, inverseTemperature: number) {
    this.#manifest = manifest;
    this.#run = run;
    this.#inverseTemperature = inverseTemperature;
  }

  /** Slices of unequal length are padded on the right. Asks about every token, or each slice's last. */
  async step(
    slices: readonly Slice[],
    asked: 'every token' | 'last token' = 'every token',
  ): Promise<RunOutputs> {
    const batch = slices.length;
    const tokens = Math.max(...slices.map(({ from, to }) => to - from));
    const ids: number[] = []; // [batch, tokens]
    const positions: number[] = []; // [batch, tokens]
    const rows: number[] = []; // [rows]
    const targets: number[] = []; // [rows]
    slices.forEach((slice, index) => {
      for (let at = 0; at < tokens; at++) {
        const position = slice.from + at;
        const isToken = position < slice.to;
        ids.push(isToken ? slice.ids[position]! : 0);
        positions.push(isToken ? position : 0);
        if (!isToken || (asked === 'last token' && position + 1 < slice.to)) continue;
        rows.push(index * tokens + at);
        targets.push(slice.ids[position]!);
      }
    });
    const lengths = slices.map(({ to }) => to);
    // First the plain normalizer of every row, then its tempered one.
    const normalizerRows = [...rows.keys(), ...rows.keys()]; // [normalizers]
    const temperatures = normalizerRows.map((_, at) => {
      return at < rows.length ? 1 : this.#inverseTemperature;
    });
    const outputs = await this.#run(
      new Map([
        ['input_ids', int64(ids, [batch, tokens])],
        ['position_ids', int64(positions, [batch, tokens])],
        [
          'seqlens_k',
          int32(
            lengths.map((length) => length - 1),
            [batch],
          ),
        ],
        ['total_sequence_length', int32([Math.max(...lengths)], [])],
        ['logits_rows', int64(rows, [rows.length])],
        ['target_ids', int64(targets, [rows.length])],
        ['normalizer_rows', int64(normalizerRows, [normalizerRows.length])],
        ['inverse_temperature', float32(Float32Array.from(temperatures), [temperatures.length])],
        ...this.#pasts(batch),
      ]),
    );
    this.#cache = outputs;
    return new RunOutputs(outputs);
  }

  #pasts(batch: number): [string, TensorData][] {
    const { config, cache } = this.#manifest;
    const shape = [batch, config.headCount, config.contextLength, cache.headSize];
    const size = shape.reduce((product, axis) => product * axis, 1);
    const empty = { ...emptyCaches[cache.precision](size), shape };
    return Array.from({ length: config.layerCount }, (_, layer) => [
      [pastKeyName(layer), presentKeyName(layer)] as const,
      [pastValueName(layer), presentValueName(layer)] as const,
    ])
      .flat()
      .map(([past, present]) => {
        return [past, this.#cache.get(present) ?? empty];
      });
  }
}

/** The outputs of one run, row by row. */
export class RunOutputs {
  readonly #outputs: ReadonlyMap<string, TensorData>;
  readonly #rowCount: number;

  constructor(outputs: ReadonlyMap<string, TensorData>) {
    this.#outputs = outputs;
    this.#rowCount = outputs.get('logits')!.shape[0]!;
  }

  logits = (at: number) => this.#row('logits', at); // [vocabulary]
  topScores = (at: number) => this.#row('top_scores', at); // [candidates]
  topIds = (at: number) => this.#row('top_ids', at); // [candidates]
  logNormalizer = (at: number) => this.#row('log_normalizer', at)[0]!;
  temperedLogNormalizer = (at: number) => this.#row('log_normalizer', this.#rowCount + at)[0]!;
  /** Keys or values of a layer as they are cached. */
  cache = (name: string) => this.#outputs.get(name)!.data as Float32Array | Int8Array;
  targetScore = (at: number) => this.#row('target_scores', at)[0]!;

  #row(name: string, at: number): number[] {
    const { shape, data } = this.#outputs.get(name)!;
    const width = shape[1] ?? 1;
    return Array.from(data.subarray(at * width, (at + 1) * width), Number);
  }
}

const emptyCaches: Readonly<
  Record<CachePrecision, (size: number) => Pick<TensorData, 'type' | 'data'>>
> = {
  fp32: (size) => ({ type: 'float32', data: new Float32Array(size) }),
  fp16: (size) => ({ type: 'float16', data: new Uint16Array(size) }),
  int8: (size) => ({ type: 'int8', data: new Int8Array(size) }),
};

function int64(values: readonly number[], shape: readonly number[]): TensorData {
  return { type: 'int64', shape, data: BigInt64Array.from(values, BigInt) };
}

function int32(values: readonly number[], shape: readonly number[]): TensorData {
  return { type: 'int32', shape, data: Int32Array.from(values) };
}

function float32(data: Float32Array, shape: readonly number[]): TensorData {
  return { type: 'float32', shape, data };
}
