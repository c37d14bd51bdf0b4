// A row of scores, nearest first, without sorting it: the tokens are thrown into narrow buckets by
// how far they are from a center, and only the bucket in which a question ends is put in order. So a
// cut after the k-th token or after a share of the weight costs about the same wherever it falls.
// The center is the best score, so that the nearest are the best, until `keepTypical` moves it. Ties
// go by lower id.

import { exponential } from './exponential.ts';

const mostBucketsPerUnit = 64;
const bucketCount = 4096;
const outside = bucketCount; // for tokens that are in no bucket

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
  readonly #members: Int32Array; // [vocabulary], the ids of one bucket, nearest first
  #logits: Float32Array = new Float32Array(0); // [vocabulary]
  #best = 0;
  #center = 0;
  #inverseTemperature = 1;
  #size = 0; // how many are in buckets, kept or not
  // What is kept: all buckets before the last one, and of that one the nearest few.
  #lastBucket = 0;
  #lastCount = 0;
  #kept = 0; // the weight of it
  readonly #nearestFirst = (a: number, b: number) => this.#distance(a) - this.#distance(b) || a - b;

  constructor(vocabularySize: number) {
    this.#bucketOf = new Uint16Array(vocabularySize);
    this.#members = new Int32Array(vocabularySize);
  }

  /** Takes a row, whose best score is `best`, and keeps all of it but what scores -Infinity. */
  load(logits: Float32Array, best: number, inverseTemperature: number): void {
    this.#logits = logits;
    this.#best = best;
    this.#inverseTemperature = inverseTemperature;
    this.#bucketOf.fill(0);
    this.#throwAround(best);
  }

  /** How many are in buckets, kept or not. */
  get size(): number {
    return this.#size;
  }

  /** The weight of all that is kept, where the best weighs 1. */
  get kept(): number {
    return this.#kept;
  }

  /** How many score at most so much less than the best. */
  countWithin(depth: number): number {
    let count = 0;
    for (let id = 0; id < this.#logits.length; id += 1) {
      if (this.#best - this.#logits[id]! <= depth) count += 1;
    }
    return count;
  }

  /** Keeps only the `count` nearest, at least 1 and at most all. */
  keepNearest(count: number): void {
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

  /** Of what is kept, keeps only the fewest nearest that have this share of the weight. */
  keepShare(share: number): void {
    this.#cutAt(share * this.#kept, false);
  }

  /** Of what is kept, keeps only the most nearest that have no more than this share; at least one. */
  keepWithinShare(share: number): void {
    const target = share * this.#kept;
    this.#cutAt(target, true);
    if (this.#kept > target) this.#dropLast();
  }

  /** Of what is kept, keeps those nearest to the expected score that have this share of the weight. */
  keepTypical(share: number): void {
    this.#throwAround(this.#best - this.#expectedDepth());
    this.#cutAt(share * this.#kept, false);
  }

  /** The id that a number in [0, 1) falls on. */
  draw(uniform: number): number {
    const point = uniform * this.#kept;
    if (point < this.#kept) this.#cutAt(point, true);
    else this.#cutAt(this.#kept, false); // rounded up: whoever completes the weight
    let index = this.#lastCount - 1;
    // A sum in another order may round to less than the point, and end with somebody weightless.
    while (index > 0 && this.#weight(this.#members[index]!) === 0) index -= 1;
    return this.#members[index]!;
  }

  /** Throws whoever is in a bucket into new ones, and keeps all of them. */
  #throwAround(center: number): void {
    const counts = this.#counts;
    const sums = this.#sums;
    const bucketOf = this.#bucketOf;
    const logits = this.#logits;
    const best = this.#best;
    const inverseTemperature = this.#inverseTemperature;
    this.#center = center;
    counts.fill(0);
    sums.fill(0);
    const perUnit = this.#bucketsPerUnit(center);
    let size = 0;
    for (let id = 0; id < logits.length; id += 1) {
      if (bucketOf[id] === outside) continue;
      const score = logits[id]!;
      if (score === Number.NEGATIVE_INFINITY) {
        bucketOf[id] = outside;
        continue;
      }
      const distance = Math.abs(center - score);
      const bucket = Math.min(distance * perUnit, bucketCount - 1) | 0;
      bucketOf[id] = bucket;
      counts[bucket] = counts[bucket]! + 1;
      sums[bucket] = sums[bucket]! + exponential((score - best) * inverseTemperature);
      size += 1;
    }
    this.#size = size;
    this.#keepAll();
  }

  /** Fewer where some are so far away that the last bucket would hold nearly all. */
  #bucketsPerUnit(center: number): number {
    const logits = this.#logits;
    let farthest = 0;
    for (let id = 0; id < logits.length; id += 1) {
      const score = logits[id]!;
      if (this.#bucketOf[id] === outside || score === Number.NEGATIVE_INFINITY) continue;
      farthest = Math.max(farthest, Math.abs(center - score));
    }
    return Math.min(mostBucketsPerUnit, (bucketCount - 1) / farthest);
  }

  #keepAll(): void {
    this.#kept = 0;
    this.#lastBucket = 0;
    for (let bucket = 0; bucket < bucketCount; bucket += 1) {
      this.#kept += this.#sums[bucket]!;
      if (this.#counts[bucket]! > 0) this.#lastBucket = bucket;
    }
    this.#lastCount = this.#counts[this.#lastBucket]!;
  }

  /** The mean depth of what is kept, by weight; whatever is not kept leaves its bucket. */
  #expectedDepth(): number {
    const inLast = this.#gather(this.#lastBucket);
    for (let index = this.#lastCount; index < inLast; index += 1) {
      this.#bucketOf[this.#members[index]!] = outside;
    }
    let weights = 0;
    let depths = 0;
    for (let id = 0; id < this.#bucketOf.length; id += 1) {
      if (this.#bucketOf[id]! > this.#lastBucket) {
        this.#bucketOf[id] = outside;
        continue;
      }
      const weight = this.#weight(id);
      weights += weight;
      depths += weight * (this.#best - this.#logits[id]!);
    }
    return depths / weights;
  }

  /** Ends with the token that takes the sum of the weights to `target`, or beyond it if so asked. */
  #cutAt(target: number, beyond: boolean): void {
    let bucket = 0;
    let sum = 0;
    for (; bucket < this.#lastBucket; bucket += 1) {
      const isHere = passes(sum + this.#sums[bucket]!, target, beyond);
      if (isHere && this.#counts[bucket]! > 0) break;
      sum += this.#sums[bucket]!;
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

  /** No longer keeps the farthest of several that are kept. */
  #dropLast(): void {
    const last = this.#members[this.#lastCount - 1]!;
    let bucket = this.#lastBucket;
    if (this.#lastCount === 1) {
      do bucket -= 1;
      while (bucket >= 0 && this.#counts[bucket] === 0);
      if (bucket < 0) return; // the only one
      this.#lastBucket = bucket;
      this.#lastCount = this.#counts[bucket]!;
    } else {
      this.#lastCount -= 1;
    }
    this.#kept -= this.#weight(last);
  }

  /** Puts the tokens of a bucket in order, and says how many they are. */
  #gather(bucket: number): number {
    let count = 0;
    for (let id = 0; id < this.#bucketOf.length; id += 1) {
      if (this.#bucketOf[id] !== bucket) continue;
      this.#members[count] = id;
      count += 1;
    }
    this.#members.subarray(0, count).sort(this.#nearestFirst);
    return count;
  }

  #distance(id: number): number {
    return Math.abs(this.#center - this.#logits[id]!);
  }

  #weight(id: number): number {
    return exponential((this.#logits[id]! - this.#best) * this.#inverseTemperature);
  }
}

const passes = (sum: number, target: number, beyond: boolean) =>
  beyond ? sum > target : sum >= target;
