// An engine that says what a test tells it to, when the test tells it to. The streams are the real
// ones; there is no model, no thread and no clock.

import type { Engine, NewSequence, StepListener, TokenStream } from '../../src/engine/engine.ts';
import {
  type EngineFacts,
  type EngineLoad,
  type FinishReason,
  finishCodes,
  type PromptNews,
  type StepReport,
  type StepWork,
  type TokenScore,
} from '../../src/engine/protocol.ts';
import { PendingTokens } from '../../src/engine/token-stream.ts';
import { ServeError } from '../../src/errors.ts';
import { flattened } from '../../src/kv/token-score.ts';
import { factsOf, type Words } from './scripted-facts.ts';

export const endOfText = 50256;

/** The ids of one sequence; it ends with 'stop' after an end-of-text that it asked for. */
export type Script = (sequence: NewSequence, index: number) => readonly number[];

/** What is said of a token that was asked about, with so many alternatives. */
export type Scorer = (id: number, count: number) => TokenScore;

export interface ScriptedOptions {
  readonly script?: Script;
  readonly scorer?: Scorer;
  /** Tokens of each prompt that did not have to be computed. */
  readonly cachedTokenCount?: number;
  /** `manual`: nothing happens before the test calls `step`. */
  readonly pace?: 'automatic' | 'manual';
  readonly contextLength?: number;
  readonly candidateCount?: number;
  readonly capacity?: number;
  /** GPT-2's unless said. */
  readonly words?: Words;
  readonly nowMs?: () => number;
}

interface Sequence {
  readonly id: number;
  readonly request: NewSequence;
  readonly ids: readonly number[];
  readonly stream: PendingTokens;
  position: number;
}

const noWork: StepWork = {
  phase: 'decode',
  tokenCount: 0,
  draftTokenCount: 0,
  acceptedTokenCount: 0,
  scheduleMs: 1,
  runMs: 7,
  sampleMs: 2,
  idleMs: 0.5,
  fullRowCount: 0,
  preemptedCount: 0,
  prefixQueriedTokens: 0,
  prefixHitTokens: 0,
};

export class ScriptedEngine implements Engine {
  readonly facts: EngineFacts;
  stopped: string | null = null;
  lastProgressMs: number | null = null;
  /** Everything that was ever submitted. */
  readonly submitted: NewSequence[] = [];
  /** Ids of the sequences that were aborted before their end. */
  readonly aborted: number[] = [];
  readonly #options: Required<ScriptedOptions>;
  readonly #open = new Map<number, Sequence>();
  readonly #listeners: StepListener[] = [];
  #wakeWatchers: (() => void)[] = [];

  constructor(options: ScriptedOptions = {}) {
    this.#options = {
      script: () => [endOfText],
      scorer: scoreOf,
      cachedTokenCount: 0,
      pace: 'automatic',
      contextLength: 64,
      candidateCount: 64,
      capacity: 512,
      words: {
        vocabularySize: 50257,
        bosTokenId: endOfText,
        eosTokenIds: [endOfText],
        tokenizer: 'gpt2',
      },
      nowMs: () => 0,
      ...options,
    };
    const { contextLength, candidateCount, words } = this.#options;
    this.facts = factsOf(contextLength, candidateCount, words);
  }

  get openCount(): number {
    return this.#open.size;
  }

  get load(): EngineLoad {
    const usedRowCount = Math.min(this.#open.size, this.facts.cache.unitCount);
    return {
      runningCount: usedRowCount,
      waitingCount: this.#open.size - usedRowCount,
      usedRowCount,
      cachedRowCount: 0,
      freeRowCount: this.facts.cache.unitCount - usedRowCount,
      usedCacheBytes: usedRowCount * 100,
    };
  }

  submit(sequences: readonly NewSequence[]): readonly TokenStream[] {
    if (this.stopped !== null) throw new ServeError('engine_stopped', this.stopped);
    if (this.#open.size + sequences.length > this.#options.capacity) {
      throw new ServeError('queue_full', 'the server is busy');
    }
    this.lastProgressMs ??= this.#options.nowMs();
    const added = sequences.map((request) => this.#add(request));
    this.#changed();
    if (this.#options.pace === 'automatic') setImmediate(() => this.#stepOn());
    return added.map(({ stream }) => stream);
  }

  onStep(listener: StepListener): void {
    this.#listeners.push(listener);
  }

  /** One token for each open sequence, or up to so many. */
  step(work: Partial<StepWork> = {}, tokenCount = 1): void {
    const heard = [...this.#open.values()].flatMap((sequence) => {
      const entries = [this.#advance(sequence)];
      while (entries.length < tokenCount && this.#open.has(sequence.id)) {
        entries.push(this.#advance(sequence));
      }
      return entries;
    });
    this.#report(heard, work);
  }

  /** The step that fails takes every open sequence with it. */
  failStep(reason: string): void {
    const heard = [...this.#open.values()].map(({ id, stream }) => {
      stream.fail(new ServeError('step_failed', reason));
      this.#open.delete(id);
      return { id, token: -1, finish: 'error' as const };
    });
    this.#report(heard, {});
    this.#changed();
  }

  stop(reason: string): void {
    this.stopped = reason;
    for (const { stream } of this.#open.values()) {
      stream.fail(new ServeError('engine_stopped', reason));
    }
    this.#open.clear();
    this.#changed();
  }

  /** Resolves when this many sequences are open. */
  async untilOpen(count: number): Promise<void> {
    while (this.#open.size !== count) {
      await new Promise<void>((resolve) => this.#wakeWatchers.push(resolve));
    }
  }

  forgetPrefixes(): void {}

  async close(): Promise<void> {
    this.stop('closed');
  }

  #add(request: NewSequence): Sequence {
    const id = this.submitted.length;
    const stream = new PendingTokens(() => {
      this.#open.delete(id);
      this.aborted.push(id);
      this.#changed();
    }, this.#options.nowMs);
    const ids = this.#options.script(request, id);
    const sequence: Sequence = { id, request, ids, stream, position: 0 };
    this.submitted.push(request);
    this.#open.set(id, sequence);
    return sequence;
  }

  #advance(sequence: Sequence): { id: number; token: number; finish: FinishReason | null } {
    const { id, request, ids, stream } = sequence;
    if (sequence.position === 0) stream.tell(this.#news(sequence));
    if (sequence.position === 0) stream.start(0);
    const isRead = request.maxTokens === 0;
    const token = isRead ? -1 : ids[sequence.position++ % ids.length]!;
    const isStop = request.stopIds.includes(token);
    const finish = isStop ? 'stop' : sequence.position === request.maxTokens ? 'length' : null;
    const { logprobCount } = request;
    const score = logprobCount === null ? null : this.#options.scorer(token, logprobCount);
    if (!isRead) stream.push(token, score);
    if (finish !== null) {
      this.#open.delete(id);
      stream.finish(finish);
      this.#changed();
    }
    return { id, token, finish };
  }

  #news({ id, request }: Sequence): PromptNews {
    const { cachedTokenCount, scorer } = this.#options;
    const count = request.promptLogprobCount;
    const scored = count === null ? [] : [...request.promptIds.subarray(1)];
    return {
      id,
      cachedTokenCount,
      scores: flattened(scored.map((token) => scorer(token, count!))),
    };
  }

  #report(
    heard: readonly { id: number; token: number; finish: FinishReason | null }[],
    work: Partial<StepWork>,
  ): void {
    const report: StepReport = {
      kind: 'step',
      ids: Int32Array.from(heard, ({ id }) => id),
      tokens: Int32Array.from(heard, ({ token }) => token),
      finishes: Uint8Array.from(heard, ({ finish }) => finishCodes.indexOf(finish)),
      tokenScores: null,
      prompts: [],
      admitted: new Int32Array(),
      failures: null,
      load: this.load,
      work: { ...noWork, tokenCount: heard.length, ...work },
    };
    this.lastProgressMs = this.#open.size === 0 ? null : this.#options.nowMs();
    for (const listener of this.#listeners) listener(report, 0.25);
  }

  #stepOn(): void {
    if (this.#open.size === 0) return;
    this.step();
    setImmediate(() => this.#stepOn());
  }

  #changed(): void {
    for (const wake of this.#wakeWatchers.splice(0)) wake();
  }
}

/**
 * Even ids are the best of all; odd ones are none of the best. The alternatives are the next even ids,
 * each half a nat less likely.
 */
function scoreOf(id: number, count: number): TokenScore {
  const isBest = id % 2 === 0;
  const first = isBest ? id : id + 1;
  return {
    logprob: isBest ? -0.5 : -9.25,
    topIds: Int32Array.from({ length: count }, (_, rank) => (first + 2 * rank) % (endOfText + 1)),
    topLogprobs: Float32Array.from({ length: count }, (_, rank) => -0.5 * (rank + 1)),
  };
}
