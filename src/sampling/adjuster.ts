// Changes scores as a request asked for, before anything else is done with them: excluded tokens,
// biases, penalties, in this order, which is vLLM's (v1/sample/sampler.py). A token's new score
// depends on its old one and on the text alone, is worked out in float64, and rounded to float32 once.

import { NothingToChoose, ScoresNotFinite } from './failures.ts';
import type { ScoreAdjustments } from './parameters.ts';
import { noAdjustments } from './parameters.ts';
import { canComplete, type TextSoFar } from './text-so-far.ts';

/** What is to be done with a token's score; nothing where there is no mark. */
const excluded = 1;
const biased = 2;
const inText = 4;
const generated = 8;

const largestScore = 3.4028234663852886e38; // of float32

export class Adjuster {
  readonly #marks: Uint8Array; // [vocabulary]
  readonly #biases: Float64Array; // [vocabulary], valid where marked `biased`
  readonly #counts: Int32Array; // [vocabulary], valid where marked `generated`
  readonly #row: Float32Array; // [vocabulary]
  #adjustments: ScoreAdjustments = noAdjustments;
  #markedCount = 0;
  #excludedCount = 0;

  constructor(vocabularySize: number) {
    this.#marks = new Uint8Array(vocabularySize);
    this.#biases = new Float64Array(vocabularySize);
    this.#counts = new Int32Array(vocabularySize);
    this.#row = new Float32Array(vocabularySize);
  }

  /** From now on adjusts for the token that comes after this text. */
  prepare(adjustments: ScoreAdjustments, text: TextSoFar): void {
    this.#adjustments = adjustments;
    this.#marks.fill(0);
    this.#markedCount = 0;
    this.#excludedCount = 0;
    if (adjustments.allowedIds !== null) this.#excludeAllBut(adjustments.allowedIds);
    for (const sequence of adjustments.bannedSequences) {
      if (canComplete(text, sequence)) this.#mark(sequence[sequence.length - 1]!, excluded);
    }
    if (text.generatedCount < adjustments.minTokens) {
      for (const id of adjustments.idsAfterMinimum) this.#mark(id, excluded);
    }
    if (this.#excludedCount === this.#marks.length) throw new NothingToChoose();
    this.#markBiased(adjustments);
    this.#markText(adjustments, text);
  }

  /** How many tokens cannot be chosen. */
  get excludedCount(): number {
    return this.#excludedCount;
  }

  /** How many tokens may get another score, the excluded ones included. */
  get markedCount(): number {
    return this.#markedCount;
  }

  isMarked(id: number): boolean {
    return this.#marks[id] !== 0;
  }

  /** Whether some token may get a better score than the model gave it. */
  get canLift(): boolean {
    const { biases, repetitionPenalty, frequencyPenalty, presencePenalty } = this.#adjustments;
    if (repetitionPenalty < 1 || frequencyPenalty < 0 || presencePenalty < 0) return true;
    for (const bias of biases) if (bias > 0) return true;
    return false;
  }

  /** -Infinity for whoever is excluded, and only for them. */
  adjusted(id: number, score: number): number {
    const mark = this.#marks[id]!;
    if (mark === 0) return score;
    if ((mark & excluded) !== 0) return Number.NEGATIVE_INFINITY;
    const { repetitionPenalty, frequencyPenalty, presencePenalty } = this.#adjustments;
    let result = score;
    if ((mark & biased) !== 0) result += this.#biases[id]!;
    if ((mark & inText) !== 0) {
      result = result > 0 ? result / repetitionPenalty : result * repetitionPenalty;
    }
    if ((mark & generated) !== 0) {
      result = result - frequencyPenalty * this.#counts[id]! - presencePenalty;
    }
    return Math.fround(Math.min(Math.max(result, -largestScore), largestScore));
  }

  /** All of a row adjusted; valid until the next call. */
  adjustedRow(logits: Float32Array): Float32Array {
    for (let id = 0; id < logits.length; id += 1) {
      const score = logits[id]!;
      if (!Number.isFinite(score)) throw new ScoresNotFinite();
      this.#row[id] = this.#marks[id] === 0 ? score : this.adjusted(id, score);
    }
    return this.#row; // [vocabulary]
  }

  #excludeAllBut(ids: Int32Array): void {
    this.#marks.fill(excluded);
    this.#markedCount = this.#marks.length;
    for (const id of ids) {
      if (this.#marks[id] === excluded) this.#markedCount -= 1;
      this.#marks[id] = 0;
    }
    this.#excludedCount = this.#markedCount;
  }

  #markBiased({ biasIds, biases }: ScoreAdjustments): void {
    for (let index = 0; index < biasIds.length; index += 1) {
      const id = biasIds[index]!;
      if ((this.#marks[id]! & biased) === 0) this.#biases[id] = 0;
      this.#biases[id] = this.#biases[id]! + biases[index]!;
      this.#mark(id, biased);
    }
  }

  #markText(adjustments: ScoreAdjustments, text: TextSoFar): void {
    const { promptIds, generatedIds, generatedCount } = text;
    const { repetitionPenalty, frequencyPenalty, presencePenalty } = adjustments;
    if (repetitionPenalty !== 1) {
      for (const id of promptIds) this.#mark(id, inText);
      for (let index = 0; index < generatedCount; index += 1) {
        this.#mark(generatedIds[index]!, inText);
      }
    }
    if (frequencyPenalty === 0 && presencePenalty === 0) return;
    for (let index = 0; index < generatedCount; index += 1) {
      const id = generatedIds[index]!;
      if ((this.#marks[id]! & generated) === 0) this.#counts[id] = 0;
      this.#counts[id] = this.#counts[id]! + 1;
      this.#mark(id, generated);
    }
  }

  #mark(id: number, mark: number): void {
    const before = this.#marks[id]!;
    if (before === 0) this.#markedCount += 1;
    if (mark === excluded && (before & excluded) === 0) this.#excludedCount += 1;
    this.#marks[id] = before | mark;
  }
}
