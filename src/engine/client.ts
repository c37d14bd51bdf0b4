// The main thread's side of the engine: starts the worker, counts what is open, sheds load at the
// door, and hands each step's tokens to their readers.

import { Worker } from 'node:worker_threads';
import { ServeError } from '../errors.ts';
import { scoreAt } from '../kv/token-score.ts';
import {
  type Engine,
  type NewSequence,
  type StepListener,
  sequenceCapacity,
  type TokenStream,
} from './engine.ts';
import {
  type EngineFacts,
  type EngineLoad,
  type EngineOptions,
  type FromEngine,
  finishCodes,
  type StepReport,
  type ToEngine,
} from './protocol.ts';
import { PendingTokens } from './token-stream.ts';

const workerFile = new URL('./worker.js', import.meta.url);

export interface ClientOptions extends EngineOptions {
  /** Sequences that may wait beyond those that have a row. */
  readonly maxQueue: number;
}

/** Loads the model in a thread of its own; rejects with the reason where that fails. */
export function startEngine(options: ClientOptions, file: URL = workerFile): Promise<Engine> {
  // What a program of one line is run with cannot be for a thread that has a file.
  const execArgv = process.execArgv.filter((flag) => !flag.startsWith('--input-type'));
  const worker = new Worker(file, { workerData: options satisfies EngineOptions, execArgv });
  return new Promise((resolve, reject) => {
    // Once ready these two can do no more harm: a promise is settled once.
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the engine ended before it was ready')));
    worker.once('message', (message: FromEngine) => {
      if (message.kind === 'ready') resolve(new WorkerEngine(worker, message.facts, options));
      else reject(whyNotReady(message));
    });
  });
}

function whyNotReady(message: FromEngine): Error {
  if (message.kind !== 'stopped') return new Error('a step before ready');
  const { reason, setting } = message;
  return setting === null
    ? new Error(reason)
    : new ServeError('invalid_setting', `${setting}: ${reason}`, setting);
}

class WorkerEngine implements Engine {
  readonly facts: EngineFacts;
  load: EngineLoad;
  stopped: string | null = null;
  lastProgressMs: number | null = null;
  readonly #worker: Worker;
  readonly #capacity: number;
  readonly #open = new Map<number, PendingTokens>();
  readonly #listeners: StepListener[] = [];
  readonly #exited: Promise<void>;
  #nextId = 1;

  constructor(worker: Worker, facts: EngineFacts, options: ClientOptions) {
    this.facts = facts;
    this.load = {
      runningCount: 0,
      waitingCount: 0,
      usedRowCount: 0,
      cachedRowCount: 0,
      freeRowCount: facts.cache.unitCount,
      usedCacheBytes: 0,
    };
    this.#worker = worker;
    this.#capacity = sequenceCapacity(facts, options);
    worker.on('message', (message: FromEngine) => this.#receive(message));
    worker.on('error', (error) => this.#stop(error.message));
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#stop('the engine ended');
        resolve();
      });
    });
  }

  get openCount(): number {
    return this.#open.size;
  }

  submit(sequences: readonly NewSequence[]): readonly TokenStream[] {
    if (this.stopped !== null) throw new ServeError('engine_stopped', this.stopped);
    if (this.#open.size + sequences.length > this.#capacity) {
      throw new ServeError(
        'queue_full',
        `the server is busy: ${this.#open.size} sequences are open and ${this.#capacity} may be; try again later`,
      );
    }
    if (sequences.length > 0) this.lastProgressMs ??= performance.now();
    const firstId = this.#nextId;
    this.#nextId += sequences.length;
    const requests = sequences.map((sequence, index) => ({
      ...sequence,
      id: firstId + index,
      forkOf: sequence.forkOf === null ? null : firstId + sequence.forkOf,
    }));
    const streams = requests.map(({ id }) => {
      const stream = new PendingTokens(() => this.#abort(id));
      this.#open.set(id, stream);
      return stream;
    });
    this.#post({ kind: 'submit', requests });
    return streams;
  }

  onStep(listener: StepListener): void {
    this.#listeners.push(listener);
  }

  forgetPrefixes(): void {
    if (this.stopped === null) this.#post({ kind: 'forget' });
  }

  async close(): Promise<void> {
    for (const stream of this.#open.values()) stream.abort();
    this.#post({ kind: 'close' });
    await this.#exited;
  }

  /** The sequence stays open, and counted, until the engine reports its end. */
  #abort(id: number): void {
    if (this.stopped === null && this.#open.has(id)) this.#post({ kind: 'abort', ids: [id] });
  }

  #post(message: ToEngine): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromEngine): void {
    if (message.kind === 'step') this.#report(message);
    else if (message.kind === 'stopped') this.#stop(message.reason);
  }

  #report(report: StepReport): void {
    const begunMs = performance.now();
    const { scheduleMs, runMs, sampleMs } = report.work;
    const scores = report.tokenScores;
    this.load = report.load;
    for (const id of report.admitted) {
      this.#open.get(id)?.start(scheduleMs + runMs + sampleMs);
    }
    for (const prompt of report.prompts) this.#open.get(prompt.id)?.tell(prompt);
    for (let index = 0; index < report.ids.length; index++) {
      const id = report.ids[index]!;
      const stream = this.#open.get(id);
      if (stream === undefined) continue;
      const token = report.tokens[index]!;
      const finish = finishCodes[report.finishes[index]!] ?? null;
      if (token >= 0) stream.push(token, scores === null ? null : scoreAt(scores, index));
      if (finish === null) continue;
      this.#open.delete(id);
      if (finish === 'error') {
        stream.fail(new ServeError('step_failed', report.failures?.get(id) ?? 'a step failed'));
      } else stream.finish(finish);
    }
    const endedMs = performance.now();
    this.lastProgressMs = this.#open.size === 0 ? null : endedMs;
    for (const listener of this.#listeners) listener(report, endedMs - begunMs);
  }

  /** Every sequence still open fails; nothing can be submitted any more. */
  #stop(reason: string): void {
    if (this.stopped !== null) return;
    this.stopped = reason;
    for (const stream of this.#open.values()) stream.fail(new ServeError('engine_stopped', reason));
    this.#open.clear();
    this.lastProgressMs = null;
  }
}
