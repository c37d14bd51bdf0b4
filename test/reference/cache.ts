// A cache that remembers what was written where, and a model whose next token is a function of all
// it sees there: what the scheduler's plans mean, executed the slow and obvious way. It refuses
// whatever the real graph would silently get wrong.

import { expect } from 'vitest';
import type { DecodePlan, Plan, PrefillPlan } from '../../src/scheduler/plan.ts';

export const vocabularySize = 17;

/** The next token after a text: any function of the whole text would do. */
export function nextToken(text: readonly number[]): number {
  let hash = text.length;
  for (const token of text) hash = (hash * 31 + token + 7) % 100_003;
  return hash % vocabularySize;
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

  /** Carries out a plan and returns a pick for each entry of it. */
  run(plan: Plan): Int32Array {
    return plan.kind === 'decode' ? this.#decode(plan) : this.#prefill(plan);
  }

  /** What is kept in a row's first `tokenCount` slots. */
  content(row: number, tokenCount: number): number[] {
    return this.#slots[row]!.slice(0, tokenCount);
  }

  #prefill({ row, start, tokens }: PrefillPlan): Int32Array {
    expect(start === 0 || tokens.length > 1, 'a later chunk has two tokens or more').toBe(true);
    tokens.forEach((token, index) => {
      this.#write(row, start + index, token);
    });
    return Int32Array.of(nextToken(this.content(row, start + tokens.length)));
  }

  #decode(plan: DecodePlan): Int32Array {
    const { firstRow, rowCount, tokens, lengths, totalLength, move } = plan;
    if (move !== null) {
      for (let slot = 0; slot < move.tokenCount; slot += 1) {
        this.#write(move.toRow, slot, this.#slots[move.fromRow]![slot]!);
      }
    }
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

  #write(row: number, slot: number, token: number): void {
    expect(slot, 'nothing is written past the context').toBeLessThan(this.#contextLength);
    this.#slots[row]![slot] = token;
  }
}
