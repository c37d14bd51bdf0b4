// What a world's scheduler is asked for, with which settings, and the books about each text.

import type { FinishReason } from '../../src/scheduler/outcome.ts';
import type { SequenceRequest } from '../../src/scheduler/sequence.ts';

export interface Text {
  readonly prompt: number[];
  readonly expected: number[];
  readonly request: SequenceRequest;
  readonly tokens: number[];
  /** Where each prefill chunk ended. */
  readonly ends: number[];
  finish: FinishReason | null;
}

/** What some sequences with one prompt ask for; a sequence for each limit, the first the leader. */
export interface Submission {
  readonly promptLength: number;
  readonly limits: readonly number[];
  readonly stopIds: readonly number[];
  readonly seed: number;
  /** Where the prompt parts from others with its seed. */
  readonly turn: number;
  readonly priority: number;
  readonly cacheSalt: string;
  readonly promptLogprobCounts: readonly (number | null)[]; // as many as limits
}

export interface Settings {
  readonly rowCount: number;
  readonly maxRunning: number;
  readonly hasFewShapes?: boolean;
  readonly chunkTokens: number;
  readonly chunksPerTurn: number;
  readonly decodesPerTurn: number;
  readonly prefixReuse: boolean;
  /** How long steps take, one after the other and then again. */
  readonly stepMs: readonly number[];
  readonly drafts: boolean;
}
