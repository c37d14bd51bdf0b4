// An engine that tests step by hand, on the real model.

import { signatureSizes } from '../../models/manifest.ts';
import type { EngineLoop } from '../../src/engine/loop.ts';
import type {
  PromptNews,
  SequenceRequest,
  StepReport,
  TokenScore,
} from '../../src/engine/protocol.ts';
import { rowLoop } from '../../src/engine/row-loop.ts';
import { RowPool } from '../../src/kv/rows.ts';
import { scoreAt } from '../../src/kv/token-score.ts';
import { openSession, readManifest } from '../../src/model/artifact.ts';
import { type Backend, hostBackend } from '../../src/model/backend.ts';
import { rowBytes } from '../../src/model/cache-memory.ts';
import { Model } from '../../src/model/model.ts';
import type { Session } from '../../src/onnxruntime/session.ts';
import { freeDraw, type SamplingParameters } from '../../src/sampling/parameters.ts';
import { longestChunk } from '../../src/scheduler/chunks.ts';
import { unsaid } from '../../src/scheduler/sequence.ts';
import { longestDraft } from '../../src/speculation/speculator.ts';
import { listed } from '../reference/token-scores.ts';

export const greedy: SamplingParameters = { ...freeDraw, greedy: true };

export function request(
  id: number,
  promptIds: readonly number[],
  maxTokens: number,
  sampling: SamplingParameters = greedy,
  stopIds: readonly number[] = [],
  further: Partial<SequenceRequest> = {},
): SequenceRequest {
  const ids = Int32Array.from(promptIds);
  return { id, promptIds: ids, maxTokens, stopIds, sampling, ...unsaid, ...further };
}

/** A prompt to be scored, and nothing generated. */
export function scoring(
  id: number,
  promptIds: readonly number[],
  promptLogprobCount: number,
): SequenceRequest {
  return request(id, promptIds, 0, greedy, [], { promptLogprobCount });
}

export interface TestEngineOptions {
  readonly rowCount: number;
  readonly chunkTokens: number;
  readonly prefixReuse?: boolean;
  /** Milliseconds; stands still unless said. */
  readonly now?: () => number;
  readonly speculation?: boolean;
  readonly hasFewShapes?: boolean;
}

/** Loads an artifact once; each `engine()` has a cache and a scheduler of its own. */
export class TestBench {
  readonly manifest;
  readonly session: Session;
  readonly #backend: (session: Session) => Backend;
  readonly #models: Model[] = [];

  /** `backend`: where models have their cache and lanes. */
  constructor(artifact: string, backend: (session: Session) => Backend = hostBackend) {
    this.#backend = backend;
    this.manifest = readManifest(artifact);
    this.session = openSession(artifact, this.manifest, {
      provider: { kind: 'cpu' },
      threads: 2,
      configuration: {},
    });
  }

  model({ rowCount, chunkTokens }: TestEngineOptions): Model {
    const limits = { rowCount, longestChunk: longestChunk(chunkTokens), longestDraft };
    const model = new Model(this.#backend(this.session), this.manifest, limits);
    this.#models.push(model);
    return model;
  }

  engine(
    options: TestEngineOptions,
    wrap: (model: Model) => Pick<Model, 'run'> = (model) => model,
  ): TestEngine {
    const { contextLength, vocabularySize } = this.manifest.config;
    const loop = rowLoop(wrap(this.model(options)), {
      rows: new RowPool({
        rowCount: options.rowCount,
        contextLength,
        rowBytes: rowBytes(signatureSizes(this.manifest)),
      }),
      prefixReuse: options.prefixReuse ?? true,
      speculation: options.speculation ?? true,
      maxRunning: options.rowCount,
      hasFewShapes: options.hasFewShapes ?? false,
      chunkTokens: options.chunkTokens,
      vocabularySize,
      candidateCount: this.manifest.candidateCount,
      now: options.now ?? (() => 0),
    });
    return new TestEngine(loop);
  }

  dispose(): void {
    for (const model of this.#models) model.dispose();
    this.session.dispose();
  }
}

/** With its scores as a list. */
export type ReadPromptNews = Omit<PromptNews, 'scores'> & {
  readonly scores: readonly TokenScore[];
};

export class TestEngine {
  readonly loop: EngineLoop;
  readonly ids = new Map<number, number[]>();
  readonly endings = new Map<number, string>();
  readonly failures = new Map<number, string>();
  readonly tokenScores = new Map<number, TokenScore[]>();
  readonly prompts = new Map<number, ReadPromptNews>();

  constructor(loop: EngineLoop) {
    this.loop = loop;
  }

  /** One step, its integrity checked and its tokens noted. */
  step(): StepReport | null {
    const report = this.loop.step();
    this.loop.checkIntegrity();
    if (report === null) return null;
    for (const news of report.prompts) {
      if (this.prompts.has(news.id)) throw new Error('a prompt is told of once');
      this.prompts.set(news.id, { ...news, scores: listed(news.scores) });
    }
    report.ids.forEach((id, index) => {
      const ids = this.ids.get(id) ?? [];
      this.ids.set(id, ids);
      if (report.tokens[index]! >= 0) ids.push(report.tokens[index]!);
      const score = report.tokenScores && scoreAt(report.tokenScores, index);
      if (score !== null) this.tokenScores.set(id, [...(this.tokenScores.get(id) ?? []), score]);
      const finish = ['', 'stop', 'length', 'abort', 'error'][report.finishes[index]!]!;
      if (finish !== '') this.endings.set(id, finish);
      if (finish === 'error') this.failures.set(id, report.failures!.get(id)!);
    });
    return report;
  }

  run(): void {
    while (this.step() !== null);
  }
}
