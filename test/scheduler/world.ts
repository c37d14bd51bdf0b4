// A scheduler with a simulated cache beneath it, and the books about every text that ever was: what
// it must generate, what it has, how it ended. Each step is checked as it goes by.

import { expect } from 'vitest';
import { RowCache } from '../../src/kv/row-cache.ts';
import { RowPool } from '../../src/kv/rows.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { longestChunk } from '../../src/scheduler/chunks.ts';
import { finishCodes } from '../../src/scheduler/outcome.ts';
import {
  entriesOf,
  type Plan,
  type PromptChunk,
  type VerifyPlan,
} from '../../src/scheduler/plan.ts';
import { runSizes } from '../../src/scheduler/run-shapes.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { unsaid } from '../../src/scheduler/sequence.ts';
import { generate, promptScores, SimulatedCache, scoreAfter } from '../reference/cache.ts';
import { listed } from '../reference/token-scores.ts';
import { FallibleDrafter } from './drafter.ts';
import type { Settings, Submission, Text } from './texts.ts';

export const contextLength = 24;
const sampling = { ...freeDraw, greedy: true };

export class World {
  readonly settings: Settings;
  readonly rows: RowPool;
  readonly rowCache: RowCache;
  readonly scheduler: Scheduler;
  readonly cache: SimulatedCache;
  readonly drafter = new FallibleDrafter();
  readonly texts: Text[] = []; // by id
  stepCount = 0;
  moveCount = 0;
  forkCount = 0;
  batchedCount = 0;
  reusedTokenCount = 0;
  #chunksInARow = 0;
  #decodesInARow = 0;

  constructor(settings: Settings) {
    this.settings = settings;
    this.rows = new RowPool({ rowCount: settings.rowCount, contextLength, rowBytes: 10 });
    this.rowCache = new RowCache(this.rows, settings.prefixReuse);
    const drafter = settings.drafts ? this.drafter : null;
    this.scheduler = new Scheduler({ ...settings, cache: this.rowCache, drafter });
    this.cache = new SimulatedCache(settings.rowCount, contextLength);
  }

  get open(): number[] {
    return [...this.texts.keys()].filter((id) => this.texts[id]!.finish === null);
  }

  submit(submission: Submission): void {
    const { promptLength, limits, stopIds, seed, turn, priority, cacheSalt } = submission;
    const prompt = Array.from({ length: promptLength }, (_, index) => {
      return (seed + index * index + (index < turn ? 0 : turn)) % 13;
    });
    const leader = this.texts.length;
    limits.forEach((limit, index) => {
      const id = this.texts.length;
      const promptLogprobCount = submission.promptLogprobCounts[index]!;
      const least = promptLogprobCount === null ? 1 : 0;
      const maxTokens = Math.max(least, Math.min(limit, contextLength - promptLength));
      const request = {
        id,
        promptIds: Int32Array.from(prompt),
        maxTokens,
        stopIds,
        sampling,
        ...unsaid,
        forkOf: index === 0 ? null : leader,
        priority,
        cacheSalt,
        promptLogprobCount,
      };
      const expected = generate(prompt, maxTokens, stopIds);
      this.texts.push({ prompt, expected, request, tokens: [], ends: [], finish: null });
      this.scheduler.submit(request);
    });
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
    const waiting = this.open.filter((id) => this.rowOf(id) === null);
    const plan = this.scheduler.plan();
    if (plan === null) {
      expect(this.open, 'the scheduler rests only when nobody waits').toEqual([]);
      return false;
    }
    this.#checkPlan(plan, couldPrefill, decoding);
    if (plan.kind === 'prefill') this.#checkOrder(plan.chunks, waiting);
    const carried = plan.kind === 'prefill' ? entriesOf(plan).map(({ id }) => id) : decoding;
    if (failure === 'none') {
      const { picks, answers } = this.cache.run(plan);
      const { stepMs } = this.settings;
      this.scheduler.commit(plan, picks, answers, stepMs[this.stepCount++ % stepMs.length]);
    } else {
      if (failure === 'late') {
        this.cache.run(plan);
        this.cache.ruin(plan);
      }
      this.scheduler.fail(plan, 'the disk is on fire');
      const reasons = carried.map((id) => [id, 'the disk is on fire'] as const);
      expect(this.scheduler.outcome.failures).toEqual(new Map(reasons));
      const failed = [...this.scheduler.outcome.ids.subarray(0, this.scheduler.outcome.count)];
      expect(failed.sort((a, b) => a - b)).toEqual(carried.sort((a, b) => a - b));
    }
    this.#report();
    return true;
  }

  check(): void {
    this.scheduler.checkIntegrity();
    for (let row = 0; row < this.rows.rowCount; row += 1) {
      const owner = this.rows.owner(row);
      const tokenCount = this.rows.tokenCount(row);
      const text = owner === null ? null : this.texts[owner]!;
      const history = text ? [...text.prompt, ...text.tokens] : this.#keptBy(row);
      expect(this.cache.content(row, tokenCount)).toEqual(history.slice(0, tokenCount));
    }
    const { runningCount, waitingCount, usedCacheBytes } = this.scheduler.load;
    expect(runningCount + waitingCount).toBe(this.open.length);
    expect(usedCacheBytes).toBe(runningCount * 10);
  }

  /** The prompt whose beginning a row keeps, with the scores it says it has. */
  #keptBy(row: number): number[] {
    const prefix = this.rowCache.prefixes.at(row);
    if (prefix === null) return [];
    const ids = [...prefix.ids];
    listed(prefix.scores.all).forEach((score, index) => {
      const count = score.topIds.length;
      expect(score).toEqual(scoreAfter(ids.slice(0, index + 1), ids[index + 1]!, count));
    });
    return ids;
  }

  #decodingIds(): number[] {
    return this.open.filter((id) => this.texts[id]!.tokens.length > 0);
  }

  #couldPrefill(): boolean {
    const waits = this.open.some((id) => this.rowOf(id) === null);
    const mostRunning = Math.min(this.rows.rowCount, this.settings.maxRunning);
    if (waits && this.rows.usedRowCount < mostRunning) return true;
    return this.open.some((id) => this.rowOf(id) !== null && this.texts[id]!.tokens.length === 0);
  }

  #checkPlan(plan: Plan, couldPrefill: boolean, decoding: number[]): void {
    if (plan.kind === 'prefill') {
      for (const chunk of plan.chunks) this.#checkChunk(chunk);
      if (plan.chunks.length > 1) {
        this.batchedCount += plan.chunks.length;
        expect(plan.chunks.length * plan.width).toBeLessThanOrEqual(this.settings.chunkTokens);
      }
      this.#decodesInARow = 0;
      this.#chunksInARow = decoding.length > 0 ? this.#chunksInARow + 1 : 0;
      expect(this.#chunksInARow).toBeLessThanOrEqual(this.settings.chunksPerTurn);
      return;
    }
    this.#chunksInARow = 0;
    this.#decodesInARow = couldPrefill ? this.#decodesInARow + 1 : 0;
    expect(this.#decodesInARow).toBeLessThanOrEqual(this.settings.decodesPerTurn);
    if (plan.kind === 'verify') {
      this.#checkDraft(plan, couldPrefill, decoding);
      return;
    }
    if (plan.copies.length > 0) this.moveCount += 1;
    const ids = plan.sequences.slice(0, plan.rowCount).flatMap((sequence) => sequence?.id ?? []);
    expect(
      ids.sort((a, b) => a - b),
      'everybody who decodes is in each decode step',
    ).toEqual(decoding);
    expect(plan.sequenceCount).toBe(decoding.length);
    if (this.settings.hasFewShapes) {
      expect(runSizes(this.rows.rowCount)).toContain(plan.rowCount);
      return;
    }
    expect(plan.sequences[0], 'a run begins with a sequence').not.toBeNull();
    expect(plan.sequences[plan.rowCount - 1], 'and ends with one').not.toBeNull();
  }

  #checkDraft(plan: VerifyPlan, couldPrefill: boolean, decoding: number[]): void {
    const { id } = plan.sequence;
    const { prompt, tokens, request } = this.texts[id]!;
    expect(this.settings.drafts).toBe(true);
    expect(decoding, 'only a sequence that is alone is drafted for').toEqual([id]);
    expect(couldPrefill, 'and nobody is kept waiting for it').toBe(false);
    expect(plan.row).toBe(this.rowOf(id));
    expect(plan.start).toBe(prompt.length + tokens.length - 1);
    expect(plan.tokens[0]).toBe(tokens.at(-1));
    expect(tokens.length + plan.tokenCount).toBeLessThanOrEqual(request.maxTokens);
  }

  #checkChunk(chunk: PromptChunk): void {
    const { sequence, start, tokens, forks } = chunk;
    const text = this.texts[sequence.id]!;
    this.forkCount += forks.length;
    this.#checkReuse(chunk, text);
    expect(sequence.row).toBe(this.rowOf(sequence.id));
    const end = start + tokens.length;
    if (text.ends.length > 0) expect(start, 'chunks leave nothing out').toBe(text.ends.at(-1));
    text.ends.push(end);
    const left = text.prompt.length - end;
    expect(chunk.isLast).toBe(left === 0);
    expect(tokens.length).toBeLessThanOrEqual(longestChunk(this.settings.chunkTokens));
    if (text.prompt.length > 1) {
      expect(tokens.length, 'a chunk has two tokens or more').toBeGreaterThan(1);
      expect(left, 'and so has what it leaves').not.toBe(1);
    }
  }

  /** Only what somebody with the same salt had computed can be there at the first chunk. */
  #checkReuse({ start }: PromptChunk, { prompt, request, ends }: Text): void {
    if (ends.length > 0 || start === 0) return;
    expect(this.settings.prefixReuse).toBe(true);
    this.reusedTokenCount += start;
    const reused = String(prompt.slice(0, start));
    const source = this.texts.find((other) => {
      const isOther = other.request !== request && other.request.cacheSalt === request.cacheSalt;
      return isOther && String(other.prompt.slice(0, start)) === reused;
    });
    expect(source, 'what is reused was in another prompt').toBeDefined();
  }

  /** Who begins are the first of all who wait; forks go with a leader, or wait in its place. */
  #checkOrder(chunks: readonly PromptChunk[], waiting: readonly number[]): void {
    if (!waiting.includes(chunks[0]!.sequence.id)) return;
    const forks = chunks.flatMap((chunk) => chunk.forks.map(({ id }) => id));
    const priority = (id: number) => this.texts[id]!.request.priority;
    const line = waiting.filter((id) => !forks.includes(id));
    line.sort((a, b) => priority(a) - priority(b) || a - b);
    const begun = chunks.map(({ sequence }) => sequence.id);
    expect(begun).toEqual(line.slice(0, begun.length));
    expect(this.scheduler.outcome.admitted).toEqual(expect.arrayContaining([...begun, ...forks]));
  }

  #report(): void {
    const { outcome } = this.scheduler;
    for (const news of outcome.prompts) {
      const { prompt, request, tokens } = this.texts[news.id]!;
      const count = request.promptLogprobCount;
      expect(tokens, 'a prompt comes before what follows it').toEqual([]);
      expect(listed(news.scores)).toEqual(count === null ? [] : promptScores(prompt, count));
    }
    for (let index = 0; index < outcome.count; index += 1) {
      const text = this.texts[outcome.ids[index]!]!;
      expect(text.finish, 'nobody is heard of after the end').toBeNull();
      if (outcome.tokens[index]! >= 0) text.tokens.push(outcome.tokens[index]!);
      text.finish = finishCodes[outcome.finishes[index]!]!;
    }
    outcome.clear();
  }
}
