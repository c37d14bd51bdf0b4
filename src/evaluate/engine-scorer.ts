// The engine as it serves, asked about prompts and for no tokens: the same graph, kernels, scheduler
// and cache that answer requests. Nothing is reused from one prompt to the next: windows of a text begin
// at other positions, so what is known of their tokens does not hold again.

import type { Engine } from '../engine/engine.ts';
import { noScores, type TokenScores, unsaid } from '../engine/protocol.ts';
import { ServeError } from '../errors.ts';
import { freeDraw } from '../sampling/parameters.ts';
import type { Scorer } from './scorer.ts';

/** Sequences that run, and as many that wait, so that each step finds a full batch. */
export const mostRunning = 32;

export class EngineScorer implements Scorer {
  readonly concurrency: number;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.concurrency = 2 * Math.min(mostRunning, engine.facts.rowCount);
  }

  async score(ids: Int32Array, wantsBest: boolean): Promise<TokenScores> {
    const [stream] = this.#engine.submit([
      {
        ...unsaid,
        // A copy: a view would take all that it is a view of to the other thread.
        promptIds: ids.slice(),
        maxTokens: 0,
        stopIds: [],
        sampling: { ...freeDraw, greedy: true },
        promptLogprobCount: wantsBest ? 1 : 0,
      },
    ]);
    let scores = noScores;
    for await (const { prompt, finish } of stream!) {
      if (prompt !== null) scores = prompt.scores;
      if (finish === 'abort') throw new ServeError('engine_stopped', 'the engine was closed');
    }
    return scores;
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }
}
