// A scheduler with a simulated cache beneath it, and the books about every text that ever was: what
// it must generate, what it has, how it ended. Each step is checked as it goes by.

import { expect } from 'vitest';
import { RowPool } from '../../src/kv/rows.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { chunkLength } from '../../src/scheduler/chunks.ts';
import { type FinishReason, finishCodes } from '../../src/scheduler/outcome.ts';
import type { Plan } from '../../src/scheduler/plan.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { unsaid } from '../../src/scheduler/sequence.ts';
import { generate, SimulatedCache } from '../reference/cache.ts';

export const contextLength = 24;
const sampling = { ...freeDraw, greedy: true };

export interface Text {
  readonly prompt: number[];
  readonly expected: number[];
  readonly tokens: number[];
  /** The `start` of each prefill chunk. */
  readonly starts: number[];
  finish: FinishReason | null;
}

export interface Settings {
  readonly rowCount: number;
  readonly maxRunning: number;
  readonly chunkTokens: number;
  readonly chunksPerTurn: number;
  readonly decodesPerTurn: number;
}

export class World {
  readonly settings: Settings;
  readonly rows: RowPool;
  readonly scheduler: Scheduler;
  readonly cache: SimulatedCache;
  readonly texts: Text[] = []; // by id
  readonly prefillOrder: number[] = [];
  moveCount = 0;
  #chunksInARow = 0;
  #decodesInARow = 0;

  constructor(settings: Settings) {
    this.settings = settings;
    this.rows = new RowPool({ rowCount: settings.rowCount, contextLength, rowBytes: 10 });
    this.scheduler = new Scheduler({ rows: this.rows, ...settings });
    this.cache = new SimulatedCache(settings.rowCount, contextLength);
  }

  get open(): number[] {
    return [...this.texts.keys()].filter((id) => this.texts[id]!.finish === null);
  }

  submit(promptLength: number, limit: number, stopIds: number[], seed: number): void {
    const id = this.texts.length;
    const prompt = Array.from({ length: promptLength }, (_, index) => (seed + index * index) % 13);
    const maxTokens = Math.min(limit, contextLength - promptLength);
    const expected = generate(prompt, maxTokens, stopIds);
    this.texts.push({ prompt, expected, tokens: [], starts: [], finish: null });
    const promptIds = Int32Array.from(prompt);
    this.scheduler.submit({ id, promptIds, maxTokens, stopIds, sampling, ...unsaid });
  }

  abort(id: number): void {
    const { usedRowCount } = this.rows;
    const hadRow = this.rowOf(id) !== null;
    this.scheduler.abort(id);
    expect(this.rows.usedRowCount).toBe(usedRowCount - (hadRow ? 1 : 0));
    this.#report();
  }

  rowOf(id: number): number | null {
    for (let row = 0; row < this.rows.rowCount; row += 1) {
      if (this.rows.owner(row) === id) return row;
    }
    return null;
  }

  /** One step; a failing one breaks before or after the model has done its work. */
  step(failure: 'none' | 'early' | 'late'): boolean {
    const couldPrefill = this.#couldPrefill();
    const decoding = this.#decodingIds();
    const plan = this.scheduler.plan();
    if (plan === null) {
      expect(this.open, 'the scheduler rests only when nobody waits').toEqual([]);
      return false;
    }
    this.#checkPlan(plan, couldPrefill, decoding);
    const carried = plan.kind === 'prefill' ? [plan.sequence.id] : decoding;
    if (failure === 'none') {
      this.scheduler.commit(plan, this.cache.run(plan));
    } else {
      if (failure === 'late') this.cache.run(plan);
      this.scheduler.fail(plan, 'the disk is on fire');
      expect(this.scheduler.outcome.failure).toBe('the disk is on fire');
      const failed = [...this.scheduler.outcome.ids.subarray(0, this.scheduler.outcome.count)];
      expect(failed.sort((a, b) => a - b)).toEqual(carried);
    }
    this.#report();
    return true;
  }

  check(): void {
    this.scheduler.checkIntegrity();
    for (let row = 0; row < this.rows.rowCount; row += 1) {
      const owner = this.rows.owner(row);
      if (owner === null) continue;
      const { prompt, tokens } = this.texts[owner]!;
      const tokenCount = this.rows.tokenCount(row);
      const history = [...prompt, ...tokens].slice(0, tokenCount);
      expect(this.cache.content(row, tokenCount)).toEqual(history);
    }
    const { runningCount, waitingCount, usedCacheBytes } = this.scheduler.load;
    expect(runningCount + waitingCount).toBe(this.open.length);
    expect(usedCacheBytes).toBe(runningCount * 10);
  }

  #decodingIds(): number[] {
    return this.open.filter((id) => this.texts[id]!.tokens.length > 0);
  }

  #couldPrefill(): boolean {
    const waits = this.open.some((id) => this.rowOf(id) === null);
    const { usedRowCount, freeRowCount } = this.rows;
    if (waits && freeRowCount > 0 && usedRowCount < this.settings.maxRunning) return true;
    return this.open.some((id) => this.rowOf(id) !== null && this.texts[id]!.tokens.length === 0);
  }

  #checkPlan(plan: Plan, couldPrefill: boolean, decoding: number[]): void {
    if (plan.kind === 'prefill') {
      const { id } = plan.sequence;
      const text = this.texts[id]!;
      if (plan.start === 0) this.prefillOrder.push(id);
      expect(plan.row).toBe(this.rowOf(id));
      text.starts.push(plan.start);
      const length = chunkLength(text.prompt.length, plan.start, this.settings.chunkTokens);
      expect(plan.tokens.length).toBe(length);
      this.#decodesInARow = 0;
      this.#chunksInARow = decoding.length > 0 ? this.#chunksInARow + 1 : 0;
      expect(this.#chunksInARow).toBeLessThanOrEqual(this.settings.chunksPerTurn);
      return;
    }
    if (plan.move !== null) this.moveCount += 1;
    const ids = plan.sequences.slice(0, plan.rowCount).flatMap((sequence) => sequence?.id ?? []);
    expect(
      ids.sort((a, b) => a - b),
      'everybody who decodes is in each decode step',
    ).toEqual(decoding);
    expect(plan.sequenceCount).toBe(decoding.length);
    expect(plan.sequences[0], 'a run begins with a sequence').not.toBeNull();
    expect(plan.sequences[plan.rowCount - 1], 'and ends with one').not.toBeNull();
    this.#chunksInARow = 0;
    this.#decodesInARow = couldPrefill ? this.#decodesInARow + 1 : 0;
    expect(this.#decodesInARow).toBeLessThanOrEqual(this.settings.decodesPerTurn);
  }

  #report(): void {
    const { outcome } = this.scheduler;
    for (let index = 0; index < outcome.count; index += 1) {
      const text = this.texts[outcome.ids[index]!]!;
      expect(text.finish, 'nobody is heard of after the end').toBeNull();
      if (outcome.tokens[index]! >= 0) text.tokens.push(outcome.tokens[index]!);
      text.finish = finishCodes[outcome.finishes[index]!]!;
    }
    outcome.clear();
  }
}
