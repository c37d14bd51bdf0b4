// The engine as the rest of the server sees it, wherever it runs.

import type {
  EngineFacts,
  EngineLoad,
  FinishReason,
  PromptNews,
  SequenceRequest,
  StepReport,
  TokenScore,
} from './protocol.ts';

/** `forkOf` is here the index of a sequence in the same submission. */
export type NewSequence = Omit<SequenceRequest, 'id'>;

/** Some tokens of one sequence, in order; `finish` comes with the last of them. */
export interface TokenBatch {
  readonly ids: readonly number[];
  /** Of each id, where the sequence asked for log-probabilities; else empty. */
  readonly scores: readonly TokenScore[];
  /** With the first batch after the prompt was processed; else null. */
  readonly prompt: PromptNews | null;
  readonly finish: FinishReason | null;
}

/** When things happened to a sequence, in milliseconds of the main thread's clock; null: not yet. */
export interface SequenceTimes {
  /** It left the queue. */
  readonly startedMs: number | null;
  readonly firstTokenMs: number | null;
  readonly lastTokenMs: number | null;
}

/**
 * The tokens of one sequence. Everything generated since the last read comes as one batch, so a slow
 * reader costs four bytes a token and no more. Leaving the loop aborts the sequence. Throws
 * `ServeError` (step_failed, engine_stopped) when the sequence could not be finished.
 */
export interface TokenStream extends AsyncIterable<TokenBatch> {
  readonly times: SequenceTimes;
  /** Ends the sequence: its reader gets a last batch with finish 'abort'. Idempotent. */
  abort(): void;
}

/** `reportMs`: how long it took to hand the step's tokens to their readers. */
export type StepListener = (report: StepReport, reportMs: number) => void;

/** How many sequences may be open at once: those that have a place in the cache, and those that wait for one. */
export function sequenceCapacity(
  { cache }: EngineFacts,
  { maxRunning, maxQueue }: { readonly maxRunning: number; readonly maxQueue: number },
): number {
  return Math.min(cache.unitCount, maxRunning) + maxQueue;
}

export interface Engine {
  readonly facts: EngineFacts;
  readonly load: EngineLoad;
  /** Sequences accepted and not yet ended. */
  readonly openCount: number;
  /** Why the engine is gone, or null while it serves. */
  readonly stopped: string | null;
  /** When the engine last told of a step, or got work after a rest; null while it has none. */
  readonly lastProgressMs: number | null;
  /** All of them or none. Throws `ServeError`: queue_full, engine_stopped. */
  submit(sequences: readonly NewSequence[]): readonly TokenStream[];
  /** Called after every step. */
  onStep(listener: StepListener): void;
  /** Nothing that was computed before is reused for prompts submitted from now on. */
  forgetPrefixes(): void;
  /** Aborts what is open and ends the engine. */
  close(): Promise<void>;
}
