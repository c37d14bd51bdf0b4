// Text generation with onnxruntime-node's own API and nothing else: `run()` on plain arrays, what comes
// out as `present` goes in as `past`. A static batch: those that wait start together, and the next ones
// wait until all of them have ended. This is what a server is without continuous batching and without
// memory that is bound in place; the graph, the threads and the sampler are the same.

import ort from 'onnxruntime-node';
import {
  pastKeyName,
  pastValueName,
  presentKeyName,
  presentValueName,
} from '../../models/gpt2/signature-rows.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { SamplingParameters } from '../../src/sampling/parameters.ts';
import { readsNormalizer, Sampler } from '../../src/sampling/sampler.ts';

export interface Generation {
  readonly promptIds: Int32Array;
  readonly maxTokens: number;
  readonly sampling: SamplingParameters;
  onToken(id: number): void;
}

interface Member extends Generation {
  readonly generatedIds: Int32Array; // [maxTokens]
  generatedCount: number;
}

type Cache = ReadonlyMap<string, ort.Tensor>;

export class Generator {
  readonly #session: ort.InferenceSession;
  readonly #manifest: Manifest;
  readonly #sampler: Sampler;
  readonly #cacheNames: readonly (readonly [past: string, present: string])[];

  constructor(session: ort.InferenceSession, manifest: Manifest) {
    this.#session = session;
    this.#manifest = manifest;
    const { vocabularySize, layerCount } = manifest.config;
    this.#sampler = new Sampler({ vocabularySize, candidateCount: manifest.candidateCount });
    this.#cacheNames = Array.from({ length: layerCount }, (_, layer) => [
      [pastKeyName(layer), presentKeyName(layer)] as const,
      [pastValueName(layer), presentValueName(layer)] as const,
    ]).flat();
  }

  /** Generates for all of a batch until the longest has ended; those that ended before idle along. */
  async run(batch: readonly Generation[]): Promise<void> {
    const members = batch.map(
      (generation): Member => ({
        ...generation,
        generatedIds: new Int32Array(generation.maxTokens),
        generatedCount: 0,
      }),
    );
    const longest = Math.max(...members.map(({ promptIds }) => promptIds.length));
    const steps = Math.max(...members.map(({ maxTokens }) => maxTokens));
    let cache: Cache = this.#emptyCache(members.length);
    let tokens = BigInt64Array.from(members.flatMap((member) => padded(member, longest))); // [batch, longest]
    for (let step = 0; step < steps; step++) {
      const width = tokens.length / members.length;
      cache = await this.#step(members, cache, tokens, width);
      tokens = BigInt64Array.from(members, ({ generatedIds, generatedCount }) =>
        BigInt(generatedIds[Math.max(0, generatedCount - 1)] ?? 0),
      ); // [batch, 1]
    }
  }

  async #step(
    members: readonly Member[],
    cache: Cache,
    tokens: BigInt64Array<ArrayBuffer>, // [batch, width]
    width: number,
  ): Promise<Cache> {
    const batch = members.length;
    const isPrompt = members[0]!.generatedCount === 0;
    const lengths = members.map(
      ({ promptIds, generatedCount }) => promptIds.length + generatedCount,
    );
    const positions = lengths.flatMap((length) =>
      Array.from({ length: width }, (_, index) => BigInt(isPrompt ? index : length - 1)),
    );
    const rows = lengths.map((length, row) => BigInt(row * width + (isPrompt ? length - 1 : 0)));
    const int64 = (values: readonly bigint[] | BigInt64Array, shape: readonly number[]) =>
      new ort.Tensor('int64', BigInt64Array.from(values), shape);
    const asking = this.#rowsWithNormalizer(members);
    const temperatures = asking.map((row) => members[row]!.sampling.inverseTemperature);
    const outputs = await this.#session.run({
      input_ids: int64(tokens, [batch, width]),
      position_ids: int64(positions, [batch, width]),
      seqlens_k: new ort.Tensor(
        'int32',
        Int32Array.from(lengths, (length) => length - 1),
        [batch],
      ),
      total_sequence_length: new ort.Tensor('int32', Int32Array.of(Math.max(...lengths)), []),
      logits_rows: int64(rows, [batch]),
      target_ids: int64(new BigInt64Array(batch), [batch]),
      normalizer_rows: int64(asking.map(BigInt), [asking.length]),
      inverse_temperature: new ort.Tensor('float32', Float32Array.from(temperatures), [
        asking.length,
      ]),
      ...Object.fromEntries(cache),
    });
    this.#pick(members, outputs);
    for (const tensor of cache.values()) tensor.dispose();
    return new Map(this.#cacheNames.map(([past, present]) => [past, outputs[present]!]));
  }

  #pick(members: readonly Member[], outputs: ort.InferenceSession.ReturnType): void {
    const floats = (name: string) => outputs[name]!.data as Float32Array;
    const { vocabularySize } = this.#manifest.config;
    const normalizers = new Float32Array(members.length); // [batch], where they are read
    this.#rowsWithNormalizer(members).forEach((row, index) => {
      normalizers[row] = floats('log_normalizer')[index]!;
    });
    const scores = {
      topScores: floats('top_scores'), // [batch, candidates]
      topIds: Int32Array.from(outputs['top_ids']!.data as BigInt64Array, Number), // [batch, candidates]
      temperedLogNormalizers: normalizers,
      logitsRow: (row: number) =>
        floats('logits').subarray(row * vocabularySize, (row + 1) * vocabularySize),
    };
    members.forEach((member, row) => {
      if (member.generatedCount === member.maxTokens) return;
      const { sampling, generatedCount } = member;
      const id = this.#sampler.pick(scores, row, sampling, generatedCount, member);
      member.generatedIds[member.generatedCount] = id;
      member.generatedCount += 1;
      member.onToken(id);
    });
  }

  #rowsWithNormalizer(members: readonly Member[]): number[] {
    const { candidateCount } = this.#manifest;
    return members.flatMap(({ sampling }, row) =>
      readsNormalizer(sampling, candidateCount) ? [row] : [],
    );
  }

  #emptyCache(batch: number): Cache {
    const { headCount, contextLength } = this.#manifest.config;
    const shape = [batch, headCount, contextLength, this.#manifest.cache.headSize];
    const size = shape.reduce((product, length) => product * length, 1);
    return new Map(
      this.#cacheNames.map(([past]) => [
        past,
        new ort.Tensor('float32', new Float32Array(size), shape), // [batch, heads, context, headSize]
      ]),
    );
  }
}

/** Filled up on the right: what comes after a prompt's own length is not attended to. */
function padded({ promptIds }: Member, length: number): bigint[] {
  return Array.from({ length }, (_, index) => BigInt(promptIds[index] ?? 0));
}
