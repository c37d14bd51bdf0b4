// The engine as it serves, asked about prompts and for no tokens: the same graph, kernels, scheduler
// and cache that answer requests. Nothing is reused from one prompt to the next: windows of a text begin
// at other positions, so what is known of their tokens does not hold again.

import type { Engine } from '../engine/engine.ts';
import { noScores, type TokenScores, unsaid } from '../engine/protocol.ts';
import { ServeError } from '../errors.ts';
import { freeDraw } from '../sampling/parameters.ts';
import type { PromptScores, Scorer } from './scorer.ts';

export class EngineScorer implements Scorer {
  readonly concurrency: number;
  readonly #engine: Engine;

  /** As many sequences as the engine runs, and as many that wait: so each step finds a full batch. */
  constructor(engine: Engine, maxRunning: number) {
    this.#engine = engine;
    this.concurrency = 2 * Math.min(maxRunning, engine.facts.cache.unitCount);
  }

  async score(ids: Int32Array, firstScored: number, wantsBest: boolean): Promise<PromptScores> {
    // A copy: a view would take all that it is a view of to the other thread.
    const promptIds = ids.slice(); // [tokens]
    const [stream] = this.#engine.submit([
      {
        ...unsaid,
        promptIds,
        maxTokens: 0,
        stopIds: [],
        sampling: { ...freeDraw, greedy: true },
        promptLogprobCount: wantsBest ? 1 : 0,
        firstScored,
      },
    ]);
    let scores = noScores;
    for await (const { prompt, finish } of stream!) {
      if (prompt !== null) scores = prompt.scores;
      if (finish === 'abort') throw new ServeError('engine_stopped', 'the engine was closed');
    }
    return { logprobs: scores.logprobs, isBest: wantsBest ? bestOf(scores, promptIds) : none };
  }
}

const none = new Uint8Array(0);

function bestOf({ topIds, width, logprobs }: TokenScores, ids: Int32Array): Uint8Array {
  return Uint8Array.from(logprobs, (_, index) =>
    topIds[index * width] === ids[index + 1] ? 1 : 0,
  );
}
