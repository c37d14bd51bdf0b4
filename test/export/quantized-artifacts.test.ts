// Artifacts with weights in whole numbers on the server's own runtime: against a twin that does the same
// arithmetic by hand, against the float reference, and against an independent implementation.

import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { exportCheckpoint } from '../../export/export.ts';
import { preparedFor } from '../../export/quantize/prepare.ts';
import { type RunOutputs, Session } from '../../export/verify-session.ts';
import { eagerOps } from '../../models/eager.ts';
import { Cache } from '../../models/eager-attention.ts';
import { int4Ops } from '../../models/eager-int4.ts';
import { int8Ops } from '../../models/eager-int8.ts';
import { idTensor, row, type Tensor } from '../../models/eager-tensor.ts';
import { gpt2 } from '../../models/gpt2/gpt2.ts';
import type { Precision } from '../../models/manifest.ts';
import type { Ops } from '../../models/ops.ts';
import { readManifest } from '../../src/model/artifact.ts';
import { temporaryFolder } from '../support/folders.ts';
import { largestError } from '../support/largest-error.ts';
import { exportedStoryteller, formats, openArtifact, oracle } from '../support/storyteller.ts';
import { randomTensors, tinyConfig, writeCheckpoint } from './tiny-checkpoint.ts';

const folder = temporaryFolder();
let count = 0;

const twins = { int8: int8Ops, int4: int4Ops };

/** An artifact beside its checkpoint. */
class Subject {
  readonly #directory: string;
  readonly #artifact: string;
  readonly #tensors = new Map<string, Tensor>();

  constructor(directory: string, artifact: string) {
    this.#directory = directory;
    this.#artifact = artifact;
  }

  /** The logits of every token, as the artifact has them. */
  async answers(ids: readonly number[]): Promise<RunOutputs> {
    const runner = await openArtifact(this.#artifact);
    try {
      const session = new Session(readManifest(this.#artifact), runner.run, 1);
      return await session.step([{ ids, from: 0, to: ids.length }]);
    } finally {
      await runner.close();
    }
  }

  twin(precision: keyof typeof twins, ids: readonly number[], rows: readonly number[]): Tensor {
    const { headSize } = readManifest(this.#artifact).cache;
    return this.#logits(precision, ids, rows, (tables) =>
      twins[precision](new Cache(), tables, headSize),
    );
  }

  reference(ids: readonly number[], rows: readonly number[]): Tensor {
    return this.#logits('fp32', ids, rows, () => eagerOps());
  }

  #logits(
    precision: Precision,
    ids: readonly number[],
    rows: readonly number[],
    opsWith: (tables: ReadonlySet<Tensor>) => Ops<Tensor>,
  ): Tensor {
    const checkpoint = openCheckpoint(this.#directory);
    const weights = preparedFor(precision, checkpoint);
    const param = (name: string) => {
      const key = `${precision} ${name}`;
      const tensor = this.#tensors.get(key) ?? {
        shape: weights.shape(name),
        data: weights.read(name),
      };
      this.#tensors.set(key, tensor);
      return tensor;
    };
    try {
      const { config } = checkpoint;
      const tables = new Set([param('wte.weight'), param(config.headWeight)]);
      return gpt2(opsWith(tables), config, param, {
        inputIds: idTensor(ids),
        positionIds: idTensor([...ids.keys()]),
        logitsRows: idTensor(rows),
      }); // [rows, vocabulary]
    } finally {
      checkpoint.close();
    }
  }
}

async function exportTiny(
  precision: keyof typeof twins,
  config = tinyConfig,
  tensors = randomTensors(config),
  cachePrecision: 'fp32' | 'int8' = 'fp32',
): Promise<Subject> {
  const place = path.join(folder, String(count++));
  const checkpointDirectory = writeCheckpoint(path.join(place, 'checkpoint'), config, tensors);
  const outputDirectory = path.join(place, 'artifact');
  const asked = { checkpointDirectory, outputDirectory, cachePrecision };
  await exportCheckpoint({ ...asked, precision, runWith: openArtifact });
  return new Subject(checkpointDirectory, outputDirectory);
}

describe.each(['int8', 'int4'] as const)(
  'a small artifact in %s is its twin to float32 accuracy',
  (precision) => {
    const shapes = [
      { width: 24, headCount: 3 }, // heads of 8
      { width: 20, headCount: 4 }, // of 5, padded to 8
      { width: 24, headCount: 2, headWeight: 'lm_head.weight' as const }, // of 12, padded to 16
      { width: 3, headCount: 3 }, // of 1
      { width: 15, headCount: 5 }, // of 3, padded to 8: together more than a block
      { width: 72, headCount: 3, innerWidth: 100 }, // blocks of 32, the last not full
      { width: 24, headCount: 3, activation: 'gelu' as const },
      { width: 24, headCount: 3, activation: 'relu' as const },
    ];

    test.each(shapes)('%j', async (shape) => {
      const subject = await exportTiny(precision, { ...tinyConfig, ...shape });
      const ids = Array.from({ length: 16 }, (_, at) => (at * 29 + 7) % 97);
      const outputs = await subject.answers(ids);
      const twin = subject.twin(precision, ids, [...ids.keys()]);
      const reference = subject.reference(ids, [...ids.keys()]);
      for (const at of ids.keys()) {
        expect(largestError(outputs.logits(at), row(twin, at))).toBeLessThan(2e-6);
        // They are not float32: a twin that was the reference in disguise would show here.
        expect(largestError(outputs.logits(at), row(reference, at))).toBeGreaterThan(1e-3);
      }
    });
  },
);

describe.each([
  { precision: 'int8', roundings: 0.02, costs: 0.06 },
  { precision: 'int4', roundings: 0.03, costs: 0.2 },
] as const)('the built-in model in $precision', ({ precision, roundings, costs }) => {
  let subject: Subject;
  beforeAll(async () => {
    const artifact = await exportedStoryteller(formats[precision]);
    subject = new Subject(path.resolve('models/storyteller'), artifact);
  });

  test.each([0, 4, 5])('is close to its twin on prompt %i, and far from float32', async (index) => {
    const { ids } = oracle.prompts[index]!;
    const last = ids.length - 1;
    const logits = (await subject.answers(ids)).logits(last);
    const fromTwin = largestError(logits, row(subject.twin(precision, ids, [last]), 0));
    const fromFloat = largestError(logits, row(subject.reference(ids, [last]), 0));
    // What lies between two whole numbers may fall to either side.
    expect(fromTwin).toBeLessThan(roundings);
    expect(fromFloat).toBeGreaterThan(1.5 * fromTwin);
  });

  test.each([...oracle.prompts.keys()])(
    'has the logits of float64 transformers on prompt %i but for what its format costs',
    async (index) => {
      const { ids, last_logits: expected } = oracle.prompts[index]!;
      const logits = (await subject.answers(ids)).logits(ids.length - 1);
      expect(largestError(logits, expected)).toBeLessThan(costs);
    },
  );
});

test.each([
  ['int8', 'fp32'],
  ['int8', 'int8'],
  ['int4', 'fp32'],
  ['int4', 'int8'],
] as const)(
  'a row of zeros gives zeros, not NaN, with weights in %s and a cache in %s',
  async (precision, cachePrecision) => {
    const tensors = randomTensors(tinyConfig);
    for (const [name, { bytes }] of tensors) if (/ln_/.test(name)) bytes.fill(0);
    const subject = await exportTiny(precision, tinyConfig, tensors, cachePrecision);
    const outputs = await subject.answers([1, 2, 3]);
    for (const at of [0, 1, 2]) expect(outputs.logits(at).every((logit) => logit === 0)).toBe(true);
  },
);

test('each stage of an export with an int8 cache is shown once, from its begin to its end', async () => {
  const stages = new Map<string, number[]>();
  await exportCheckpoint({
    checkpointDirectory: writeCheckpoint(path.join(folder, 'shown')),
    outputDirectory: path.join(folder, 'shown-artifact'),
    cachePrecision: 'int8',
    runWith: openArtifact,
    onProgress: ({ stage, done, total }) => {
      stages.set(stage, [...(stages.get(stage) ?? []), done / total]);
    },
  });
  expect([...stages.keys()]).toEqual(['calibrate', 'write', 'verify']);
  for (const shares of stages.values()) {
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  }
});
