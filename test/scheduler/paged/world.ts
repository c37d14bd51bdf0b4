// A paged scheduler with a simulated memory beneath it, and the books about every text that ever was:
// what it must generate, what it has, how it ended. Each step is checked as it goes by.

import { expect } from 'vitest';
import { BlockCache } from '../../../src/kv/blocks/block-cache.ts';
import { BlockPool } from '../../../src/kv/blocks/block-pool.ts';
import { scoreAt, type TokenScore } from '../../../src/kv/token-score.ts';
import { type MixedPlan, sequencesIn } from '../../../src/scheduler/mixed-plan.ts';
import { type FinishReason, finishCodes } from '../../../src/scheduler/outcome.ts';
import { PagedScheduler } from '../../../src/scheduler/paged/paged-scheduler.ts';
import { failedPick } from '../../../src/scheduler/plan.ts';
import type { Sequence, SequenceRequest } from '../../../src/scheduler/sequence.ts';
import { BlockMemory, textOf } from '../../reference/block-memory.ts';
import { generate, promptScores, scoreAfter } from '../../reference/cache.ts';

export interface PagedSettings {
  readonly contextLength: number;
  readonly blockSize: number;
  /** Blocks beyond those that a context takes. */
  readonly spareBlocks: number;
  readonly slotCount: number;
  /** Tokens of a step beyond one for each slot. */
  readonly spareTokens: number;
  readonly prefixReuse: boolean;
  /** How long steps take, one after the other and then again. */
  readonly stepMs: readonly number[];
}

export type Failure = 'none' | 'early' | 'late' | 'piece' | 'entry';

export interface PagedText {
  readonly request: SequenceRequest;
  readonly expected: readonly number[];
  readonly tokens: number[];
  /** Of the prompt's tokens from the second on, once they were told. */
  scores: (TokenScore | null)[] | null;
  admittedCount: number;
  finish: FinishReason | null;
}

export class PagedWorld {
  readonly settings: PagedSettings;
  readonly pool: BlockPool;
  readonly cache: BlockCache;
  readonly scheduler: PagedScheduler;
  readonly memory: BlockMemory;
  readonly stepTokens: number;
  readonly texts: PagedText[] = []; // by id
  stepCount = 0;
  copyCount = 0;
  forkCount = 0;
  mixedCount = 0;
  reusedTokenCount = 0;
  readonly #sequences = new Map<number, Sequence>(); // by id, whoever has been in a plan

  constructor(settings: PagedSettings) {
    const { contextLength, blockSize, slotCount } = settings;
    const blockCount = Math.ceil(contextLength / blockSize) + settings.spareBlocks;
    this.settings = settings;
    this.pool = new BlockPool({ blockCount, blockSize, blockBytes: 10 });
    this.cache = new BlockCache(this.pool, {
      slotCount,
      contextLength,
      reusesPrefixes: settings.prefixReuse,
    });
    this.stepTokens = slotCount + settings.spareTokens;
    this.scheduler = new PagedScheduler({ cache: this.cache, stepTokens: this.stepTokens });
    this.memory = new BlockMemory(blockCount, blockSize);
  }

  get open(): number[] {
    return [...this.texts.keys()].filter((id) => this.texts[id]!.finish === null);
  }

  /** Requests have the ids 0, 1, 2 ... */
  submit(request: SequenceRequest): void {
    const { promptIds, maxTokens, stopIds } = request;
    expect(request.id).toBe(this.texts.length);
    const expected = generate([...promptIds], maxTokens, stopIds);
    const text = { request, expected, tokens: [], scores: null, admittedCount: 0, finish: null };
    this.texts.push(text);
    this.scheduler.submit(request);
  }

  abort(id: number): void {
    this.scheduler.abort(id);
    this.#report();
  }

  /**
   * One step; a failing one breaks before or after the model has done its work, or fails for one piece,
   * of which the model makes nonsense, or for one entry, for which there is nothing to choose.
   */
  step(failure: Failure = 'none', which = 0): boolean {
    const waiting = this.open.filter((id) => !this.isRunning(id));
    const decoding = this.open.filter((id) => this.#sequences.get(id)?.phase === 'decoding');
    const plan = this.scheduler.plan();
    if (plan === null) {
      expect(this.open, 'the scheduler rests only when nobody waits').toEqual([]);
      return false;
    }
    for (const sequence of sequencesIn(plan)) this.#sequences.set(sequence.id, sequence);
    this.#checkPlan(plan, decoding);
    this.#checkOrder(plan, waiting);
    const carried = sequencesIn(plan).map(({ id }) => id);
    if (failure === 'none' || failure === 'piece' || failure === 'entry') {
      const { picks, answers } = this.memory.run(plan);
      const failed = failure === 'none' ? [] : this.#failedEntries(plan, failure, which);
      for (const entry of failed) picks[entry] = failedPick;
      const failures = new Map(failed.map((entry) => [entry, 'not a number'] as const));
      const { stepMs } = this.settings;
      const ms = stepMs[this.stepCount++ % stepMs.length];
      this.scheduler.commit(plan, picks, { ...answers, failures }, ms);
      const ids = failed.map((entry) => [carried[entry]!, 'not a number'] as const);
      expect([...(this.scheduler.outcome.failures ?? [])]).toEqual(ids);
    } else {
      if (failure === 'late') {
        this.memory.run(plan);
        this.memory.ruin(plan);
      }
      this.scheduler.fail(plan, 'the disk is on fire');
      const reasons = carried.map((id) => [id, 'the disk is on fire'] as const);
      expect(this.scheduler.outcome.failures).toEqual(new Map(reasons));
    }
    this.#report();
    return true;
  }

  /** The entries of a plan that fail; what a piece that failed has written is nonsense. */
  #failedEntries(plan: MixedPlan, failure: 'piece' | 'entry', which: number): number[] {
    const { pieces, pieceCount, decodingCount } = plan;
    const piece = which % pieceCount;
    let first = 0;
    for (const { forks } of pieces.slice(0, piece)) first += 1 + forks.length;
    const { forks, isLast } = pieces[piece]!;
    const entries = Array.from({ length: 1 + forks.length }, (_, index) => first + index);
    if (failure === 'entry') return isLast ? [entries[which % entries.length]!] : [];
    const only = [pieces[piece]!];
    const isDecoding = piece < decodingCount ? 1 : 0;
    this.memory.ruin({
      ...plan,
      pieces: only,
      pieceCount: 1,
      decodingCount: isDecoding,
      copies: [],
    });
    return entries;
  }

  isRunning(id: number): boolean {
    const phase = this.#sequences.get(id)?.phase;
    return phase === 'prefilling' || phase === 'decoding';
  }

  check(): void {
    this.scheduler.checkIntegrity();
    const { tables } = this.cache;
    for (const sequence of this.#sequences.values()) {
      if (!this.isRunning(sequence.id)) continue;
      const held = tables.tokenCount(sequence.row);
      const content = this.memory.read(tables.blocks(sequence.row), held);
      expect(String(content)).toBe(String(textOf(sequence).slice(0, held)));
    }
    this.#checkPrefixes();
    const { load } = this.scheduler;
    expect(load.runningCount + load.waitingCount).toBe(this.open.length);
    expect(load.runningCount).toBe(this.open.filter((id) => this.isRunning(id)).length);
    const { usedRowCount, cachedRowCount, freeRowCount, usedCacheBytes } = load;
    expect(usedRowCount + cachedRowCount + freeRowCount).toBe(this.pool.blockCount);
    expect(usedCacheBytes).toBe(usedRowCount * 10);
    if (load.runningCount === 0) expect(usedRowCount, 'nothing is leaked').toBe(0);
  }

  /** What is kept for others is what it says it is, and so are its scores. */
  #checkPrefixes(): void {
    for (const { block, prompt, start, heldCount } of this.cache.prefixes.nodes()) {
      expect(this.settings.prefixReuse).toBe(true);
      const end = start + heldCount;
      const ids = [...prompt.ids];
      expect(String(this.memory.read([block], heldCount))).toBe(String(ids.slice(start, end)));
      for (let place = start; place < Math.min(end, ids.length - 1); place += 1) {
        const score = scoreAt(prompt.scores.all, place);
        if (score === null) continue;
        const { logprob } = scoreAfter(ids.slice(0, place + 1), ids[place + 1]!, 0);
        expect(score.logprob).toBe(logprob);
      }
    }
  }

  #checkPlan(plan: MixedPlan, decoding: readonly number[]): void {
    const pieces = plan.pieces.slice(0, plan.pieceCount);
    const carried = sequencesIn(plan).map(({ id }) => id);
    expect(new Set(carried).size, 'a sequence is in a plan once').toBe(carried.length);
    expect(carried.length).toBeLessThanOrEqual(this.settings.slotCount);
    const tokenCount = pieces.reduce((sum, { tokens }) => sum + tokens.length, 0);
    expect(plan.tokenCount).toBe(tokenCount);
    expect(tokenCount).toBeLessThanOrEqual(this.stepTokens);
    const first = pieces.slice(0, plan.decodingCount).map(({ sequence }) => sequence.id);
    const stillDecoding = decoding.filter((id) => this.#sequences.get(id)!.phase === 'decoding');
    expect(
      first.sort((a, b) => a - b),
      'everybody who decodes is in each step, unless he gave up his blocks',
    ).toEqual(stillDecoding);
    const isMixed = plan.decodingCount > 0 && plan.pieceCount > plan.decodingCount;
    this.mixedCount += isMixed ? 1 : 0;
    this.copyCount += plan.copies.length;
    const written: number[] = [];
    pieces.forEach((piece, index) => {
      const { sequence, start, tokens, blocks, isLast, forks } = piece;
      const { tables } = this.cache;
      const isDecoding = index < plan.decodingCount;
      const end = start + tokens.length;
      this.forkCount += forks.length;
      expect(tokens.length).toBeGreaterThan(0);
      expect(start).toBe(tables.tokenCount(sequence.row));
      expect(String(tokens)).toBe(String(textOf(sequence).slice(start, end)));
      expect(isLast).toBe(isDecoding || end === sequence.prefillIds.length);
      expect(isLast || forks.length === 0).toBe(true);
      const { blockSize } = this.settings;
      for (let place = Math.floor(start / blockSize); place * blockSize < end; place += 1) {
        written.push(blocks[place]!);
      }
    });
    expect(new Set(written).size, 'no two write to one block').toBe(written.length);
    const sharedBlock = written.find((block) => this.pool.ownerCount(block) !== 1);
    expect(sharedBlock, 'nobody writes to what others share').toBeUndefined();
    for (const { toBlock } of plan.copies) {
      expect(written, 'a copy is made for who appends to it').toContain(toBlock);
    }
  }

  /** Nobody begins while another waits who is served before; forks come with their leaders. */
  #checkOrder(plan: MixedPlan, waiting: readonly number[]): void {
    const begun = sequencesIn(plan).filter(({ id }) => waiting.includes(id));
    const left = waiting.filter((id) => {
      return !this.isRunning(id) && this.texts[id]!.request.forkOf === null;
    });
    for (const { id, forkOf } of begun.map(({ id }) => this.texts[id]!.request)) {
      if (forkOf !== null) continue;
      for (const other of left) {
        const [a, b] = [this.texts[other]!.request, this.texts[id]!.request];
        const isBefore = a.priority < b.priority || (a.priority === b.priority && a.id < b.id);
        expect(isBefore, 'who comes first is served first').toBe(false);
      }
    }
  }

  #report(): void {
    const { outcome } = this.scheduler;
    for (const id of outcome.admitted) {
      this.texts[id]!.admittedCount += 1;
      expect(this.texts[id]!.admittedCount, 'who leaves the queue is told once').toBe(1);
    }
    for (const { id, scores, cachedTokenCount } of outcome.prompts) {
      const text = this.texts[id]!;
      expect(text.scores, 'a prompt is complete once').toBeNull();
      expect(text.tokens, 'and before what follows it').toEqual([]);
      text.scores = Array.from(scores.counts, (_, index) => scoreAt(scores, index));
      this.reusedTokenCount += cachedTokenCount;
      this.#checkScores(text);
    }
    for (let index = 0; index < outcome.count; index += 1) {
      const text = this.texts[outcome.ids[index]!]!;
      expect(text.finish, 'nobody is heard of after the end').toBeNull();
      if (outcome.tokens[index]! >= 0) text.tokens.push(outcome.tokens[index]!);
      text.finish = finishCodes[outcome.finishes[index]!]!;
      const expected = text.expected.slice(0, text.tokens.length);
      expect(String(text.tokens)).toBe(String(expected));
    }
    outcome.clear();
  }

  #checkScores({ request, scores }: PagedText): void {
    const { promptIds, promptLogprobCount, firstScored } = request;
    if (promptLogprobCount === null) {
      expect(scores).toEqual([]);
      return;
    }
    const expected = promptScores([...promptIds], promptLogprobCount);
    expect(scores).toHaveLength(expected.length);
    expect(scores!.slice(firstScored - 1)).toEqual(expected.slice(firstScored - 1));
  }
}
