// A cache that remembers what was written where, and a model whose next token is a function of all
// it sees there: what the scheduler's plans mean, executed the slow and obvious way. It refuses
// whatever the real graph would silently get wrong.

import { expect } from 'vitest';
import { flattened, type TokenScore } from '../../src/kv/token-score.ts';
import {
  type DecodePlan,
  noAnswers,
  type Plan,
  type PrefillPlan,
  type PromptChunk,
  type StepAnswers,
  scoreRowCount,
  sequencesOf,
  type VerifyPlan,
} from '../../src/scheduler/plan.ts';

export const vocabularySize = 17;

/** The next token after a text: any function of the whole text would do. */
export function nextToken(text: readonly number[]): number {
  return hashOf(text) % vocabularySize;
}

/** What a text makes of the token that follows it. */
export function scoreAfter(text: readonly number[], token: number, count: number): TokenScore {
  const places = Array.from({ length: count }, (_, place) => place);
  return {
    logprob: -hashOf([...text, token]),
    topIds: Int32Array.from(places, (place) => (hashOf(text) + place) % vocabularySize),
    topLogprobs: Float32Array.from(places, (place) => -hashOf(text) - place),
  };
}

/** The scores of a whole prompt, from the second token on. */
export function promptScores(prompt: readonly number[], count: number): TokenScore[] {
  return prompt
    .slice(1)
    .map((token, index) => scoreAfter(prompt.slice(0, index + 1), token, count));
}

function hashOf(text: readonly number[]): number {
  let hash = text.length;
  for (const token of text) hash = (hash * 31 + token + 7) % 100_003;
  return hash;
}

export interface StepResult {
  /** A pick for each entry of the plan. */
  readonly picks: Int32Array;
  readonly answers: StepAnswers;
}

/** What a sequence generates when it is alone in the world. */
export function generate(
  prompt: readonly number[],
  maxTokens: number,
  stopIds: readonly number[],
): number[] {
  const text = [...prompt];
  while (text.length < prompt.length + maxTokens) {
    text.push(nextToken(text));
    if (stopIds.includes(text.at(-1)!)) break;
  }
  return text.slice(prompt.length);
}

export class SimulatedCache {
  readonly #slots: number[][]; // [rows][context]
  readonly #contextLength: number;

  constructor(rowCount: number, contextLength: number) {
    // Free slots hold a token that no prompt has, so that reading one is noticed.
    this.#slots = Array.from({ length: rowCount }, () => new Array(contextLength).fill(-999));
    this.#contextLength = contextLength;
  }

  /** Carries out a plan. */
  run(plan: Plan): StepResult {
    for (const { fromRow, toRow, tokenCount } of plan.copies) {
      this.#copy(fromRow, toRow, tokenCount);
    }
    if (plan.kind === 'prefill') return this.#prefill(plan);
    if (plan.kind === 'verify') return this.#verify(plan);
    return { picks: this.#decode(plan), answers: noAnswers };
  }

  /** What a step that fails may leave of the rows it was to fill. */
  ruin(plan: Plan): void {
    const own = sequencesOf(plan).map(({ row }) => row);
    for (const row of [...own, ...plan.copies.map(({ toRow }) => toRow)]) {
      this.#slots[row]!.fill(-999);
    }
  }

  /** What is kept in a row's first `tokenCount` slots. */
  content(row: number, tokenCount: number): number[] {
    return this.#slots[row]!.slice(0, tokenCount);
  }

  #prefill(plan: PrefillPlan): StepResult {
    const { chunks, firstRow, width } = plan;
    expect(width).toBe(Math.max(...chunks.map(({ tokens }) => tokens.length)));
    const picks: number[] = [];
    const promptScores = chunks.map((chunk, index) => {
      const isWhole = chunk.start === 0 && chunk.isLast && chunk.tokens.length > 1;
      expect(chunks.length === 1 || isWhole, 'only whole first prompts share a run').toBe(true);
      expect(chunk.sequence.row, 'the rows of a run lie side by side').toBe(firstRow + index);
      return flattened(this.#append(chunk, width, picks));
    });
    return { picks: Int32Array.from(picks), answers: { ...noAnswers, promptScores } };
  }

  /** Writes a chunk and its padding, and adds to the picks; returns the scores asked for. */
  #append(chunk: PromptChunk, width: number, picks: number[]): TokenScore[] {
    const { start, tokens, sequence, forks, isLast } = chunk;
    const { row } = sequence;
    expect(start === 0 || tokens.length > 1, 'a later chunk has two tokens or more').toBe(true);
    for (let index = 0; index < width; index += 1) {
      this.#write(row, start + index, tokens[index] ?? -999);
    }
    const end = start + tokens.length;
    for (const fork of forks) this.#copy(row, fork.row, end);
    const scores: TokenScore[] = [];
    const scoredEnd = sequence.scoredCount === null ? 0 : isLast ? end - 1 : end;
    if (sequence.scoredCount !== null) expect(scoreRowCount(chunk)).toBe(tokens.length);
    for (let slot = start; slot < scoredEnd; slot += 1) {
      const target = sequence.promptIds[slot + 1]!;
      scores.push(scoreAfter(this.content(row, slot + 1), target, sequence.scoredCount!));
    }
    picks.push(...new Array<number>(1 + forks.length).fill(nextToken(this.content(row, end))));
    return scores;
  }

  #decode(plan: DecodePlan): Int32Array {
    const { firstRow, rowCount, tokens, lengths, totalLength } = plan;
    expect(totalLength).toBe(Math.max(...lengths.subarray(0, rowCount)) + 1);
    expect(totalLength, 'the graph takes no decode step for a prompt').toBeGreaterThan(1);
    const picks = new Int32Array(rowCount);
    for (let index = 0; index < rowCount; index += 1) {
      const row = firstRow + index;
      const length = lengths[index]!;
      this.#write(row, length, tokens[index]!);
      picks[index] = nextToken(this.content(row, length + 1));
    }
    return picks;
  }

  /** All of the draft is written; what is drawn is drawn after what stands there, as far as it holds. */
  #verify({ row, start, tokens, tokenCount, sequence }: VerifyPlan): StepResult {
    expect(tokenCount, 'one token alone would use the decode kernel').toBeGreaterThan(1);
    expect(start, 'the graph takes no draft for a prompt').toBeGreaterThan(0);
    for (let index = 0; index < tokenCount; index += 1) {
      this.#write(row, start + index, tokens[index]!);
    }
    const picks: number[] = [];
    do {
      picks.push(nextToken(this.content(row, start + picks.length + 1)));
    } while (
      picks.length < tokenCount &&
      picks.at(-1) === tokens[picks.length] &&
      !sequence.endsWith(picks.at(-1)!)
    );
    const rejected = picks.findIndex((pick, index) => pick !== tokens[index + 1]);
    const isWhole = picks.length < tokenCount && rejected === -1;
    const acceptedCount = isWhole ? picks.length : picks.length - 1;
    const answers = { ...noAnswers, draftPickCount: picks.length, acceptedCount };
    return { picks: Int32Array.from(picks), answers };
  }

  #copy(fromRow: number, toRow: number, tokenCount: number): void {
    for (let slot = 0; slot < tokenCount; slot += 1) {
      this.#write(toRow, slot, this.#slots[fromRow]![slot]!);
    }
  }

  #write(row: number, slot: number, token: number): void {
    expect(slot, 'nothing is written past the context').toBeLessThan(this.#contextLength);
    this.#slots[row]![slot] = token;
  }
}
