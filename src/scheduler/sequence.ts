// One text being generated, from the moment it is accepted until it ends: what was asked for, how
// far it has come, and which row of the cache it holds. Ends exactly once, whatever the reason.

import { invariant } from '../errors.ts';
import { ScoreList } from '../kv/token-score.ts';
import type { SamplingParameters } from '../sampling/parameters.ts';
import type { FinishReason } from './outcome.ts';

/** What a sequence is made of; validated by whoever submits it. */
export interface SequenceRequest {
  readonly id: number;
  readonly promptIds: Int32Array; // 1 .. contextLength - maxTokens ids
  /** 0 only where the prompt is to be scored and nothing generated. */
  readonly maxTokens: number;
  /** Generating one of these ends the sequence. */
  readonly stopIds: readonly number[];
  readonly sampling: SamplingParameters;
  /** So many best alternatives are reported with each generated token; null: no log-probabilities. */
  readonly logprobCount: number | null;
  /** The same for the tokens of the prompt, from the second on. */
  readonly promptLogprobCount: number | null;
  /** The first token of the prompt that has them, at least 1. What is not asked about costs less. */
  readonly firstScored: number;
  /** A sequence of the same submission with the same prompt: its prefill serves this one too. */
  readonly forkOf: number | null;
  /** Only sequences with the same salt share what the cache keeps of prompts. */
  readonly cacheSalt: string;
  /** The lowest number is served first; equals in the order of arrival. */
  readonly priority: number;
}

/** What most requests leave unsaid. */
export const unsaid = {
  logprobCount: null,
  promptLogprobCount: null,
  firstScored: 1,
  forkOf: null,
  cacheSalt: '',
  priority: 0,
} as const satisfies Partial<SequenceRequest>;

export type Phase = 'waiting' | 'prefilling' | 'decoding' | 'ended';

const noRow = -1;
const noToken = -1;

export class Sequence {
  readonly id: number;
  readonly promptIds: Int32Array;
  readonly maxTokens: number;
  readonly sampling: SamplingParameters;
  readonly logprobCount: number | null;
  readonly promptLogprobCount: number | null;
  readonly cacheSalt: string;
  readonly priority: number;
  /** How many sequences were accepted before it. */
  readonly arrival: number;
  /** The first `generatedCount` count; after them may stand what was foreseen. */
  readonly generatedIds: Int32Array; // [maxTokens]
  readonly #stopIds: readonly number[];
  #phase: Phase = 'waiting';
  #row = noRow;
  #prefillIds: Int32Array;
  #promptScores = new ScoreList();
  #isResumed = false;
  #generatedCount = 0;
  #lastToken = noToken;
  #scoredCount: number | null;
  #firstScored: number;
  #cachedTokenCount = 0;

  constructor(request: SequenceRequest, arrival = 0) {
    this.id = request.id;
    this.promptIds = request.promptIds;
    this.maxTokens = request.maxTokens;
    this.sampling = request.sampling;
    this.logprobCount = request.logprobCount;
    this.promptLogprobCount = request.promptLogprobCount;
    this.generatedIds = new Int32Array(request.maxTokens);
    this.cacheSalt = request.cacheSalt;
    this.priority = request.priority;
    this.arrival = arrival;
    this.#stopIds = request.stopIds;
    this.#prefillIds = request.promptIds;
    this.#scoredCount = request.promptLogprobCount;
    this.#firstScored = request.firstScored;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /**
   * The row of the cache that holds its keys and values, or the table of the blocks that do; none
   * while waiting and after the end.
   */
  get row(): number {
    return this.#row;
  }

  /** What it prefills: the prompt, and after a preemption what it had generated, too. */
  get prefillIds(): Int32Array {
    return this.#prefillIds;
  }

  /** Of the prompt's second token and those after it, as far as they are computed. */
  get promptScores(): ScoreList {
    return this.#promptScores;
  }

  get generatedCount(): number {
    return this.#generatedCount;
  }

  get hasGenerated(): boolean {
    return this.#generatedCount > 0;
  }

  /** Whether it has left the queue before, and lost its place. */
  get isResumed(): boolean {
    return this.#isResumed;
  }

  /** Which of its tokens the next pick will be: the random numbers are a function of this. */
  get tokenIndex(): number {
    return this.#generatedCount;
  }

  /** The newest token: picked, but not in the cache before the next decode step. */
  get lastToken(): number {
    return this.#lastToken;
  }

  get remainingTokens(): number {
    return this.maxTokens - this.#generatedCount;
  }

  /**
   * So many alternatives are found for its prompt's tokens, for itself or a fork; null: no scores,
   * or none any more once it generates.
   */
  get scoredCount(): number | null {
    return this.hasGenerated ? null : this.#scoredCount;
  }

  /** The first token of its prompt that is scored, where any is. */
  get firstScored(): number {
    return this.#firstScored;
  }

  /** Whether its prefill, which has not begun, can serve another sequence with the same prompt. */
  canServe(other: Sequence): boolean {
    return (
      this.#phase === 'waiting' &&
      !this.hasGenerated &&
      this.cacheSalt === other.cacheSalt &&
      this.sampling.inverseTemperature === other.sampling.inverseTemperature
    );
  }

  /** Whether another sequence may begin with what is computed of its prompt. */
  isOfUseTo(other: Sequence): boolean {
    if (this.cacheSalt !== other.cacheSalt) return false;
    const [scored, asked] = [this.scoredCount, other.scoredCount];
    if (asked === null) return true;
    return scored !== null && scored >= asked && this.#firstScored <= other.#firstScored;
  }

  /** Its prompt is scored as a fork asks, too. */
  scoreFor(fork: Sequence): void {
    const asked = fork.promptLogprobCount;
    if (asked === null) return;
    const isScored = this.#scoredCount !== null;
    this.#firstScored = Math.min(isScored ? this.#firstScored : Infinity, fork.#firstScored);
    this.#scoredCount = Math.max(this.#scoredCount ?? 0, asked);
  }

  /** Tokens of its prompt that were in the cache when it first left the queue. */
  get cachedTokenCount(): number {
    return this.#cachedTokenCount;
  }

  startPrefill(row: number, cachedTokenCount: number): void {
    invariant(this.#phase === 'waiting', 'a sequence starts its prefill from the queue');
    this.#phase = 'prefilling';
    this.#row = row;
    if (!this.#isResumed) this.#cachedTokenCount = cachedTokenCount;
  }

  /**
   * Gives its place in the cache to another: when its turn comes again, all that was there is computed
   * again, and what it has generated is prefilled like its prompt. What it got stays its own.
   */
  preempt(): void {
    invariant(
      this.#phase === 'prefilling' || this.#phase === 'decoding',
      'only a running sequence is preempted',
    );
    this.#phase = 'waiting';
    this.#row = noRow;
    this.#isResumed = true;
    if (this.hasGenerated) this.#prefillIds = this.#joined();
    else this.#promptScores = new ScoreList();
  }

  moveTo(row: number): void {
    invariant(this.#phase === 'decoding', 'only a decoding sequence changes its row');
    this.#row = row;
  }

  /** Takes the token picked for it, and says why that was the last one, or null. */
  accept(token: number): FinishReason | null {
    invariant(
      this.#phase === 'prefilling' || this.#phase === 'decoding',
      'only a running sequence takes a token',
    );
    this.#phase = 'decoding';
    this.#lastToken = token;
    this.generatedIds[this.#generatedCount] = token;
    this.#generatedCount += 1;
    if (this.endsWith(token)) return 'stop';
    return this.#generatedCount === this.maxTokens ? 'length' : null;
  }

  /** Whether this token ends it. */
  endsWith(token: number): boolean {
    return this.#stopIds.includes(token);
  }

  /** Notes what may follow, so that it is part of the text for whoever chooses what comes after it. */
  foresee(tokens: Int32Array): void {
    this.generatedIds.set(tokens, this.#generatedCount);
  }

  end(): void {
    invariant(this.#phase !== 'ended', 'a sequence ends exactly once');
    this.#phase = 'ended';
    this.#row = noRow;
  }

  #joined(): Int32Array {
    const ids = new Int32Array(this.promptIds.length + this.#generatedCount);
    ids.set(this.promptIds);
    ids.set(this.generatedIds.subarray(0, this.#generatedCount), this.promptIds.length);
    return ids;
  }
}
