// Runs slices of sequences through an artifact, keeping its cache from step to step: turns ids into
// the signature's inputs and makes its outputs readable row by row.

import { cachePorts } from '../models/gpt2/signature.ts';
import { type Manifest, signatureSizes } from '../models/manifest.ts';
import { type Placement, placeInBlocks, placeInRows, type Slice } from './verify-placement.ts';
import { float32, int64, type TensorData, zeros } from './verify-tensor.ts';

export type { Slice, TensorData };

/** Runs the graph once: all inputs of its signature in, all outputs out, by name. */
export type Run = (
  inputs: ReadonlyMap<string, TensorData>,
) => Promise<ReadonlyMap<string, TensorData>>;

/** An opened artifact. */
export interface ArtifactRunner {
  readonly run: Run;
  close(): Promise<void>;
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

  /** Slices may have any lengths. Asks about every token, or each slice's last. */
  async step(
    slices: readonly Slice[],
    asked: 'every token' | 'last token' = 'every token',
  ): Promise<RunOutputs> {
    const { config, cache } = this.#manifest;
    const placement =
      cache.layout === 'rows'
        ? placeInRows(slices)
        : placeInBlocks(slices, cache.blockSize, config.contextLength);
    const rows: number[] = []; // [rows]
    const targets: number[] = []; // [rows]
    slices.forEach(({ ids, from, to }, index) => {
      for (let position = asked === 'last token' ? to - 1 : from; position < to; position++) {
        rows.push(placement.tokenAt(index, position));
        targets.push(ids[position]!);
      }
    });
    // First the plain normalizer of every row, then its tempered one.
    const normalizerRows = [...rows.keys(), ...rows.keys()]; // [normalizers]
    const temperatures = normalizerRows.map((_, at) => {
      return at < rows.length ? 1 : this.#inverseTemperature;
    });
    const outputs = await this.#run(
      new Map([
        ...placement.inputs,
        ['logits_rows', int64(rows, [rows.length])],
        ['target_ids', int64(targets, [rows.length])],
        ['normalizer_rows', int64(normalizerRows, [normalizerRows.length])],
        ['inverse_temperature', float32(Float32Array.from(temperatures), [temperatures.length])],
        ...this.#pasts(placement.cacheSizes),
      ]),
    );
    this.#cache = outputs;
    return new RunOutputs(outputs);
  }

  #pasts(sizes: Placement['cacheSizes']): [string, TensorData][] {
    return cachePorts(signatureSizes(this.#manifest)).map(({ past, present }) => {
      const shape = past.shape.map((size) => (typeof size === 'number' ? size : sizes[size]!));
      return [past.name, this.#cache.get(present.name) ?? zeros(past.type, shape)];
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
