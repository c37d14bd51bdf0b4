// A row of scores, best first, without sorting it: the tokens are thrown into narrow buckets by
// score, and only the bucket in which a question ends is put in order. So a cut after the k-th token
// or after a share of the weight costs about the same wherever it falls. Ties go by lower id.

import { exponential } from './exponential.ts';

const bucketsPerUnit = 64;
const bucketCount = 4096;

/**
 *   score     best             best - 1/64       best - 2/64           best - 64
 *               |       0           |       1          |        ...        | last: all the rest |
 *   #counts             1                   0                  3
 *   #sums              1.0                 0.0               2.91          weights, not cumulative
 */
export class Buckets {
  readonly #counts = new Int32Array(bucketCount);
  readonly #sums = new Float64Array(bucketCount);
  readonly #bucketOf: Uint16Array; // [vocabulary]
  readonly #members: Int32Array; // [vocabulary], the ids of one bucket, best first
  #logits: Float32Array = new Float32Array(0); // [vocabulary]
  #best = 0;
  #inverseTemperature = 1;
  // What is kept: all buckets before the last one, and of that one the best few.
  #lastBucket = 0;
  #lastCount = 0;
  #kept = 0; // the weight of it
  readonly #bestFirst = (a: number, b: number) => this.#logits[b]! - this.#logits[a]! || a - b;

  constructor(vocabularySize: number) {
    this.#bucketOf = new Uint16Array(vocabularySize);
    this.#members = new Int32Array(vocabularySize);
  }

  /** Takes a row, whose best score is `best`, and keeps all of it; returns its weight. */
  load(logits: Float32Array, best: number, inverseTemperature: number): number {
    this.#logits = logits;
    this.#best = best;
    this.#inverseTemperature = inverseTemperature;
    this.#counts.fill(0);
    this.#sums.fill(0);
    for (let id = 0; id < logits.length; id += 1) {
      const depth = best - logits[id]!;
      const bucket = Math.min(depth * bucketsPerUnit, bucketCount - 1) | 0;
      this.#bucketOf[id] = bucket;
      this.#counts[bucket] = this.#counts[bucket]! + 1;
      this.#sums[bucket] = this.#sums[bucket]! + exponential(-depth * inverseTemperature);
    }
    this.#kept = 0;
    for (let bucket = 0; bucket < bucketCount; bucket += 1) {
      this.#kept += this.#sums[bucket]!;
      if (this.#counts[bucket]! > 0) this.#lastBucket = bucket;
    }
    this.#lastCount = this.#counts[this.#lastBucket]!;
    return this.#kept;
  }

  /** Keeps only the `count` best. */
  keepBest(count: number): void {
    let bucket = 0;
    let missing = count;
    this.#kept = 0;
    for (; this.#counts[bucket]! < missing; bucket += 1) {
      this.#kept += this.#sums[bucket]!;
      missing -= this.#counts[bucket]!;
    }
    this.#gather(bucket);
    for (let index = 0; index < missing; index += 1) {
      this.#kept += this.#weight(this.#members[index]!);
    }
    this.#lastBucket = bucket;
    this.#lastCount = missing;
  }

  /** Of what is kept, keeps only the fewest best that have this share of the weight. */
  keepShare(share: number): void {
    this.#cutAt(share * this.#kept, false);
  }

  /** The id that a number in [0, 1) falls on. */
  draw(uniform: number): number {
    const point = uniform * this.#kept;
    if (point < this.#kept) this.#cutAt(point, true);
    else this.#cutAt(this.#kept, false); // rounded up: whoever completes the weight
    return this.#members[this.#lastCount - 1]!;
  }

  /** Ends with the token that takes the sum of the weights to `target`, or beyond it if so asked. */
  #cutAt(target: number, beyond: boolean): void {
    let bucket = 0;
    let sum = 0;
    while (bucket < this.#lastBucket && !passes(sum + this.#sums[bucket]!, target, beyond)) {
      sum += this.#sums[bucket]!;
      bucket += 1;
    }
    const size = this.#gather(bucket);
    const most = bucket === this.#lastBucket ? this.#lastCount : size;
    let count = 1;
    sum += this.#weight(this.#members[0]!);
    for (; count < most && !passes(sum, target, beyond); count += 1) {
      sum += this.#weight(this.#members[count]!);
    }
    this.#lastBucket = bucket;
    this.#lastCount = count;
    this.#kept = sum;
  }

  /** Puts the tokens of a bucket in order, and says how many they are. */
  #gather(bucket: number): number {
    let count = 0;
    for (let id = 0; id < this.#bucketOf.length; id += 1) {
      if (this.#bucketOf[id] !== bucket) continue;
      this.#members[count] = id;
      count += 1;
    }
    this.#members.subarray(0, count).sort(this.#bestFirst);
    return count;
  }

  #weight(id: number): number {
    return exponential((this.#logits[id]! - this.#best) * this.#inverseTemperature);
  }
}

const passes = (sum: number, target: number, beyond: boolean) =>
  beyond ? sum > target : sum >= target;
