// Graphs over a cache of blocks. Processors have no kernel for PagedAttention: what is run is its twin,
// against the reference and against the graph over rows.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { exportCheckpoint } from '../../export/export.ts';
import { Session } from '../../export/verify-session.ts';
import { eagerOps } from '../../models/eager.ts';
import { idTensor, row, type Tensor } from '../../models/eager-tensor.ts';
import { CheckpointError } from '../../models/errors.ts';
import { gpt2 } from '../../models/gpt2/gpt2.ts';
import type { Manifest } from '../../models/manifest.ts';
import { openSession, readManifest } from '../../src/model/artifact.ts';
import { ArtifactRunner } from '../../src/model/artifact-runner.ts';
import { temporaryFolder } from '../support/folders.ts';
import { largestError } from '../support/largest-error.ts';
import { pagedTwin } from '../support/paged.ts';
import { openArtifact } from '../support/storyteller.ts';
import { tinyConfig, writeCheckpoint } from './tiny-checkpoint.ts';

const folder = temporaryFolder();
// Heads of 5, padded to 8; three blocks and a part of one.
const config = { ...tinyConfig, width: 20, headCount: 4, contextLength: 60 };
const checkpointDirectory = writeCheckpoint(path.join(folder, 'checkpoint'), config);
const checkpoint = openCheckpoint(checkpointDirectory);
afterAll(() => checkpoint.close());

/** The logits of every token of a text by itself, computed the slow way. */
function computed(ids: readonly number[]): Tensor {
  const param = (name: string) => ({ shape: checkpoint.shape(name), data: checkpoint.read(name) });
  return gpt2(eagerOps(), config, param, {
    inputIds: idTensor(ids),
    positionIds: idTensor([...ids.keys()]),
    logitsRows: idTensor([...ids.keys()]),
  }); // [ids, vocabulary]
}

const text = fc.array(fc.integer({ min: 0, max: config.vocabularySize - 1 }), {
  minLength: 1,
  maxLength: config.contextLength,
});

describe.each([
  { precision: 'fp32', tolerance: 1e-5 },
  { precision: 'fp16', tolerance: 6e-3 },
] as const)('the twin in $precision', ({ precision, tolerance }) => {
  let runner: ArtifactRunner;
  let manifest: Manifest;
  beforeAll(async () => {
    const twin = await pagedTwin(checkpointDirectory, { blockSize: 16, precision });
    manifest = twin.manifest;
    runner = new ArtifactRunner(twin.folder, 2, manifest);
  });
  afterAll(() => runner.dispose());

  test('answers as the reference, however texts are cut and packed together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat(25)),
        async (texts, cuts) => {
          const session = new Session(manifest, async (inputs) => runner.run(inputs), 0.8);
          const expected = texts.map(computed);
          const done = texts.map(() => 0);
          while (texts.some((ids, at) => done[at]! < ids.length)) {
            // One token each is a step of decoding; a text may be left out of a step.
            const slices = texts.map((ids, at) => {
              const from = done[at]!;
              const to = Math.min(ids.length, from + (cuts.next().value as number));
              return { ids, from, to };
            });
            if (slices.every(({ from, to }) => from === to)) continue;
            const outputs = await session.step(slices);
            let at = 0;
            slices.forEach(({ from, to }, index) => {
              for (let position = from; position < to; position++) {
                const error = largestError(outputs.logits(at++), row(expected[index]!, position));
                expect(error).toBeLessThan(tolerance);
              }
              done[index] = to;
            });
          }
        },
      ),
      { numRuns: precision === 'fp32' ? 25 : 8 },
    );
  });
});

test('the twin answers as the graph over rows, to float32', async () => {
  const outputDirectory = path.join(folder, 'rows');
  await exportCheckpoint({ checkpointDirectory, outputDirectory });
  const twin = await pagedTwin(checkpointDirectory, { blockSize: 32 });
  const rows = await openArtifact(outputDirectory);
  const paged = new ArtifactRunner(twin.folder, 2, twin.manifest);
  try {
    const ids = Array.from({ length: config.contextLength }, (_, at) => (at * 37 + 11) % 97);
    const sessions = [
      new Session(readManifest(outputDirectory), rows.run, 1),
      new Session(twin.manifest, async (inputs) => paged.run(inputs), 1),
    ];
    for (const [from, to] of [
      [0, 31],
      [31, 32],
      [32, 33],
      [33, 60],
    ] as const) {
      const answers = await Promise.all(
        sessions.map((session) => session.step([{ ids, from, to }])),
      );
      for (let at = 0; at < to - from; at++) {
        const [ofRows, ofBlocks] = answers.map((outputs) => outputs.logits(at));
        expect(largestError(ofBlocks!, ofRows!)).toBeLessThan(1e-6);
      }
    }
  } finally {
    await rows.close();
    paged.dispose();
  }
});

describe('an artifact over blocks', () => {
  const outputDirectory = path.join(folder, 'artifact');
  beforeAll(async () => {
    await exportCheckpoint({
      checkpointDirectory,
      outputDirectory,
      precision: 'fp16',
      cacheLayout: 'paged',
      runWith: openArtifact,
    });
  });

  test('says so of itself', () => {
    const { cache } = readManifest(outputDirectory);
    expect(cache).toEqual({ precision: 'fp16', headSize: 8, layout: 'paged', blockSize: 256 });
  });

  test("fits ONNX Runtime's own definition of the operator, for which processors have no kernel", () => {
    const options = { provider: { kind: 'cpu' }, threads: 1, configuration: {} } as const;
    const manifest = readManifest(outputDirectory);
    // It takes the graph as it is, and then puts casts into it, for want of a kernel in float16.
    expect(() => openSession(outputDirectory, manifest, options)).toThrow(
      /InsertedPrecisionFreeCast\S+ of operator \(PagedAttention\)/,
    );
    const graph = path.join(outputDirectory, 'model.onnx');
    const bytes = readFileSync(graph);
    // The same with an input of another type is refused for that input. (Its type follows its name.)
    const at =
      bytes.indexOf('block_table', bytes.lastIndexOf('past_seqlens')) + 'block_table'.length;
    expect(bytes.subarray(at, at + 6).toString('hex')).toMatch(/^12..0a..0806$/);
    bytes[at + 5] = 7; // int64 in place of int32
    writeFileSync(graph, bytes);
    expect(() => openSession(outputDirectory, manifest, options)).toThrow(
      /'tensor\(int64\)' of input parameter \(block_table\) of operator \(PagedAttention\)/,
    );
  });

  test('is compared in parts, too', async () => {
    const found: unknown[] = [];
    await exportCheckpoint({
      checkpointDirectory,
      outputDirectory: path.join(folder, 'in-parts'),
      precision: 'fp16',
      cacheLayout: 'paged',
      blockSize: 16,
      runWith: openArtifact,
      verify: 'quick',
      onVerified: ({ layers, largestError }) => found.push(layers, largestError < 0.01),
    });
    expect(found).toEqual([[0, 1], true]);
  });

  test('is not kept where it answers something else', async () => {
    const attempt = exportCheckpoint({
      checkpointDirectory,
      outputDirectory: path.join(folder, 'refused'),
      precision: 'fp16',
      cacheLayout: 'paged',
      runWith: async (artifact) => {
        const { run, close } = await openArtifact(artifact);
        const faulty: typeof run = async (inputs) => {
          const table = inputs.get('block_table')!;
          const data = Int32Array.from(table.data as Int32Array, (block) => block && 0);
          return await run(new Map(inputs).set('block_table', { ...table, data }));
        };
        return { run: faulty, close };
      },
    });
    await expect(attempt).rejects.toThrow('differs from the reference');
  });
});

test.each(['fp32', 'int8', 'int4'] as const)(
  'weights in %s have no cache of blocks',
  async (precision) => {
    const asked = { checkpointDirectory, outputDirectory: path.join(folder, 'unfit') };
    const attempt = exportCheckpoint({ ...asked, precision, cacheLayout: 'paged' });
    await expect(attempt).rejects.toThrow(`weights in ${precision} have a cache in rows`);
  },
);

test('heads that the kernel does not know are refused', async () => {
  const attempt = exportCheckpoint({
    checkpointDirectory: writeCheckpoint(path.join(folder, 'wide'), {
      ...tinyConfig,
      width: 260,
      headCount: 1,
    }),
    outputDirectory: path.join(folder, 'wide-artifact'),
    precision: 'fp16',
    cacheLayout: 'paged',
  });
  await expect(attempt).rejects.toThrow(CheckpointError);
  await expect(attempt).rejects.toThrow('heads of 264 are too large for a paged cache');
});
