// What the two threads say to each other. Plain data, one message per step in each direction.

import type { CacheLayout, Manifest } from '../../models/manifest.ts';
import type { TokenScores } from '../kv/token-score.ts';
import type { CudaSettings } from '../model/cuda-model.ts';
import type { MemoryPlan } from '../model/device-memory-plan.ts';
import type { PromptNews } from '../scheduler/outcome.ts';
import type { SequenceRequest } from '../scheduler/sequence.ts';
import type { SchedulerLoad as EngineLoad } from '../scheduler/step-by-step.ts';

export { noScores, scoreAt, type TokenScore, type TokenScores } from '../kv/token-score.ts';
export { type FinishReason, finishCodes, type PromptNews } from '../scheduler/outcome.ts';
export { type SequenceRequest, unsaid } from '../scheduler/sequence.ts';
export type { SchedulerLoad as EngineLoad } from '../scheduler/step-by-step.ts';

export type ToEngine =
  | { readonly kind: 'submit'; readonly requests: readonly SequenceRequest[] }
  | { readonly kind: 'abort'; readonly ids: readonly number[] }
  /** Drop what the cache keeps of prompts. */
  | { readonly kind: 'forget' }
  | { readonly kind: 'close' };

/**
 * What one step did. The arrays run in parallel, an entry for each sequence that was heard of; one
 * that got several tokens has an entry for each, in their order.
 */
export interface StepReport {
  readonly kind: 'step';
  readonly ids: Int32Array;
  /** The token generated, or -1 where a sequence ended without one. */
  readonly tokens: Int32Array;
  readonly finishes: Uint8Array;
  /** Of each entry's token, where it was asked for; null where nobody asked. */
  readonly tokenScores: TokenScores | null;
  readonly prompts: readonly PromptNews[];
  /** Who left the queue in this step. */
  readonly admitted: Int32Array;
  /** Why each sequence that ended with 'error' did, by id; null where none did. */
  readonly failures: ReadonlyMap<number, string> | null;
  readonly load: EngineLoad;
  readonly work: StepWork;
}

/** What a step processed and how long each phase took. */
export interface StepWork {
  readonly phase: 'prefill' | 'decode' | 'mixed' | 'verify' | 'none';
  readonly tokenCount: number;
  /** Tokens of a draft that the step verified, and how many of them it accepted. */
  readonly draftTokenCount: number;
  readonly acceptedTokenCount: number;
  readonly scheduleMs: number;
  readonly runMs: number;
  readonly sampleMs: number;
  /** Time since the end of the previous step, if sequences were runnable all that while; else 0. */
  readonly idleMs: number;
  /** Draws that the candidates could not decide, so that a whole row of logits was read. */
  readonly fullRowCount: number;
  /** Sequences that gave their blocks of the cache to others, to be computed again. */
  readonly preemptedCount: number;
  /** Tokens of the prompts begun in this step, and how many of them were in the cache. */
  readonly prefixQueriedTokens: number;
  readonly prefixHitTokens: number;
}

export interface EngineFacts {
  readonly manifest: Manifest;
  readonly device: 'cpu' | 'cuda';
  readonly cache: CacheFacts;
  /** Of the device's own memory; null where the model runs in the host's. */
  readonly memory: DeviceMemoryUse | null;
  /** What is not as it should be, and serves all the same. */
  readonly warnings: readonly string[];
  readonly loadMs: number;
}

/** What the cache hands out: rows, each room for a context, or blocks of few tokens. */
export interface CacheFacts {
  readonly layout: CacheLayout;
  readonly unitCount: number;
  /** Of one of them. */
  readonly unitTokens: number;
  readonly unitBytes: number;
}

export interface DeviceMemoryUse extends MemoryPlan {
  /** Really taken since before the model was loaded. */
  readonly takenBytes: number;
}

export type FromEngine =
  | { readonly kind: 'ready'; readonly facts: EngineFacts }
  | StepReport
  /**
   * The engine is gone: it could not start, or an invariant broke. `setting`: what the operator may change
   * so that it does not happen; null where there is none.
   */
  | { readonly kind: 'stopped'; readonly reason: string; readonly setting: string | null };

/** What the worker is started with. */
export interface EngineOptions {
  readonly artifactDirectory: string;
  /** Of the host's memory, for the cache. */
  readonly kvMemoryBytes: number;
  /** The device to run on; null for the processors. */
  readonly cuda: CudaSettings | null;
  readonly maxRunning: number;
  readonly prefillChunkTokens: number;
  readonly threads: number;
  /** Whether prompts begin with what the cache keeps of others; no output depends on it. */
  readonly prefixReuse: boolean;
  /** Whether a sequence that runs alone may have several tokens in a step; `auto`: as the model says. */
  readonly speculation: 'auto' | 'on' | 'off';
}
