// An engine over blocks that tests step by hand: the real scheduler, pool, model and sampler, over a graph
// whose attention is spelled out for processors.

import { signatureSizes } from '../../models/manifest.ts';
import { pagedLoop } from '../../src/engine/paged-loop.ts';
import { BlockPool } from '../../src/kv/blocks/block-pool.ts';
import { openSession } from '../../src/model/artifact.ts';
import type { PagedBackend } from '../../src/model/paged/paged-backend.ts';
import { PagedModel } from '../../src/model/paged/paged-model.ts';
import { blockBytes, pagedSizes } from '../../src/model/paged/pool-memory.ts';
import type { Session } from '../../src/onnxruntime/session.ts';
import { TestEngine } from './engine.ts';
import type { PagedTwin } from './paged.ts';
import { hostPagedBackend } from './paged-on-host/backend.ts';

export interface PagedEngineOptions {
  readonly blockCount: number;
  readonly maxRunning: number;
  readonly stepTokens: number;
  readonly prefixReuse?: boolean;
}

/** Loads a twin once; each `engine()` has a pool and a scheduler of its own. */
export class PagedBench {
  readonly #twin: PagedTwin;
  readonly #session: Session;
  readonly #models: PagedModel[] = [];

  constructor(twin: PagedTwin) {
    this.#twin = twin;
    this.#session = openSession(twin.folder, twin.manifest, {
      provider: { kind: 'cpu' },
      threads: 2,
      configuration: {},
    });
  }

  engine(
    { blockCount, maxRunning, stepTokens, prefixReuse = true }: PagedEngineOptions,
    backend: (session: Session) => PagedBackend = hostPagedBackend,
    wrap: (model: PagedModel) => Pick<PagedModel, 'run'> = (model) => model,
  ): TestEngine {
    const { manifest } = this.#twin;
    const { contextLength, vocabularySize } = manifest.config;
    const limits = { blockCount, stepTokens, mostSequences: maxRunning };
    const model = new PagedModel(backend(this.#session), manifest, limits);
    this.#models.push(model);
    const sizes = pagedSizes(signatureSizes(manifest));
    const { blockSize } = sizes;
    const loop = pagedLoop(wrap(model), {
      blocks: new BlockPool({ blockCount, blockSize, blockBytes: blockBytes(sizes) }),
      contextLength,
      prefixReuse,
      maxRunning,
      stepTokens,
      vocabularySize,
      candidateCount: manifest.candidateCount,
      now: () => 0,
    });
    return new TestEngine(loop);
  }

  dispose(): void {
    for (const model of this.#models) model.dispose();
    this.#session.dispose();
  }
}
