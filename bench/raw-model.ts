// The model without a server around it: plans made by hand, run one after the other, timed.

import { performance } from 'node:perf_hooks';
import { randomPrompt } from '../src/load/prompts.ts';
import { openSession, readManifest } from '../src/model/artifact.ts';
import { hostBackend } from '../src/model/backend.ts';
import { Model } from '../src/model/model.ts';
import type { Session } from '../src/onnxruntime/session.ts';
import { freeDraw } from '../src/sampling/parameters.ts';
import type { PrefillPlan } from '../src/scheduler/plan.ts';
import { Sequence, unsaid } from '../src/scheduler/sequence.ts';

export class RawModel {
  readonly #session: Session;
  readonly #model: Model;
  readonly #vocabularySize: number;
  #seed = 1;

  /** Throws where the folder holds no artifact of this version. */
  constructor(artifact: string, rowCount: number, threads: number) {
    const manifest = readManifest(artifact);
    const { contextLength, vocabularySize } = manifest.config;
    this.#vocabularySize = vocabularySize;
    const provider = { kind: 'cpu' } as const;
    this.#session = openSession(artifact, manifest, { provider, threads, configuration: {} });
    const limits = { rowCount, longestChunk: contextLength, longestDraft: 0 };
    this.#model = new Model(hostBackend(this.#session), manifest, limits);
  }

  /** Seconds of one prompt in one step; `isScored`: with the logits of every token. */
  prefill(tokenCount: number, isScored: boolean): number {
    const plan = this.#prefillPlan(tokenCount, isScored);
    return seconds(() => this.#model.run(plan));
  }

  /** Seconds of so many steps, each one token for each of `batch` rows, that begin after `past` tokens. */
  decode(batch: number, past: number, steps: number): number {
    // Real keys and values: memory that nobody wrote to would be read faster than it is.
    const prompt = this.#prefillPlan(past, false);
    this.#model.run(prompt);
    const copies = Array.from({ length: batch - 1 }, (_, index) => {
      return { fromRow: 0, toRow: index + 1, tokenCount: past };
    });
    const { sequence } = prompt.chunks[0]!;
    const tokens = Int32Array.from(randomPrompt(this.#seed++, batch, this.#vocabularySize));
    const step = (index: number, moved: typeof copies) =>
      this.#model.run({
        kind: 'decode',
        firstRow: 0,
        rowCount: batch,
        tokens,
        lengths: new Int32Array(batch).fill(past + index),
        sequences: new Array<Sequence>(batch).fill(sequence),
        sequenceCount: batch,
        totalLength: past + index + 1,
        copies: moved,
      });
    step(0, copies); // binds and copies; the next one writes to the same place
    return seconds(() => {
      for (let index = 0; index < steps; index++) step(index, []);
    });
  }

  dispose(): void {
    this.#model.dispose();
    this.#session.dispose();
  }

  #prefillPlan(tokenCount: number, isScored: boolean): PrefillPlan {
    const ids = randomPrompt(this.#seed++, tokenCount, this.#vocabularySize);
    const sequence = new Sequence({
      ...unsaid,
      id: this.#seed,
      promptIds: Int32Array.from(ids),
      maxTokens: 1,
      stopIds: [],
      sampling: { ...freeDraw, greedy: true },
      promptLogprobCount: isScored ? 1 : null,
    });
    const tokens = sequence.promptIds;
    const chunk = { sequence, start: 0, tokens, isLast: true, forks: [] };
    return { kind: 'prefill', firstRow: 0, copies: [], chunks: [chunk], width: tokenCount };
  }
}

function seconds(run: () => void): number {
  const begun = performance.now();
  run();
  return (performance.now() - begun) / 1000;
}
