// fp16 artifacts on the server's own runtime, whose CPU provider computes what it has no kernel for in
// float32 between roundings: against the reference over weights in fp16, and over those in float32, and
// against an independent implementation.

import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { exportCheckpoint } from '../../export/export.ts';
import { type RunOutputs, Session } from '../../export/verify-session.ts';
import { eagerOps } from '../../models/eager.ts';
import { halves } from '../../models/eager-fp16.ts';
import { idTensor, row, type Tensor } from '../../models/eager-tensor.ts';
import { CheckpointError } from '../../models/errors.ts';
import { gpt2 } from '../../models/gpt2/gpt2.ts';
import { readManifest } from '../../src/model/artifact.ts';
import { temporaryFolder } from '../support/folders.ts';
import { largestError } from '../support/largest-error.ts';
import { exportedStoryteller, formats, openArtifact, oracle } from '../support/storyteller.ts';
import { float32Tensor, randomTensors, tinyConfig, writeCheckpoint } from './tiny-checkpoint.ts';

const folder = temporaryFolder();
let count = 0;

/** The answers to every token of a first prompt. */
async function answers(artifact: string, ids: readonly number[]): Promise<RunOutputs> {
  const runner = await openArtifact(artifact);
  try {
    const session = new Session(readManifest(artifact), runner.run, 1);
    return await session.step([{ ids, from: 0, to: ids.length }]);
  } finally {
    await runner.close();
  }
}

/** The logits of every token, computed the slow way with weights as they are, or in fp16. */
function computed(directory: string, ids: readonly number[], weights: 'fp32' | 'fp16'): Tensor {
  const checkpoint = openCheckpoint(directory);
  try {
    const param = (name: string) => {
      const stored = { shape: checkpoint.shape(name), data: checkpoint.read(name) };
      return weights === 'fp16' ? halves(stored) : stored;
    };
    return gpt2(eagerOps(), checkpoint.config, param, {
      inputIds: idTensor(ids),
      positionIds: idTensor([...ids.keys()]),
      logitsRows: idTensor([...ids.keys()]),
    }); // [ids, vocabulary]
  } finally {
    checkpoint.close();
  }
}

function exportTiny(config = tinyConfig, tensors = randomTensors(config)) {
  const place = path.join(folder, String(count++));
  const checkpointDirectory = writeCheckpoint(path.join(place, 'checkpoint'), config, tensors);
  const outputDirectory = path.join(place, 'artifact');
  const exported = exportCheckpoint({
    checkpointDirectory,
    outputDirectory,
    precision: 'fp16',
    runWith: openArtifact,
  });
  return { checkpointDirectory, outputDirectory, exported };
}

describe('a small fp16 artifact is near its reference, and further from that of float32', () => {
  const shapes = [
    { width: 24, headCount: 3 }, // heads of 8
    { width: 20, headCount: 4 }, // of 5, padded to 8
    { width: 24, headCount: 2, headWeight: 'lm_head.weight' as const }, // of 12, padded to 16
    { vocabularySize: 128, bosTokenId: 1, eosTokenIds: [1] }, // a table that needs no padding
    { activation: 'gelu' as const },
    { activation: 'relu' as const },
  ];

  test.each(shapes)('%j', async (shape) => {
    const subject = exportTiny({ ...tinyConfig, ...shape });
    await subject.exported;
    const ids = Array.from({ length: 16 }, (_, at) => (at * 31 + 5) % 97);
    const outputs = await answers(subject.outputDirectory, ids);
    const own = computed(subject.checkpointDirectory, ids, 'fp16');
    const float32 = computed(subject.checkpointDirectory, ids, 'fp32');
    let [fromOwn, fromFloat32] = [0, 0];
    for (const at of ids.keys()) {
      fromOwn = Math.max(fromOwn, largestError(outputs.logits(at), row(own, at)));
      fromFloat32 = Math.max(fromFloat32, largestError(outputs.logits(at), row(float32, at)));
    }
    if (process.env['SHOW']) console.log('SHOW', shape, fromOwn, fromFloat32);
    expect(fromOwn).toBeLessThan(2e-3);
    expect(fromFloat32).toBeLessThan(3e-3);
    // fp16 is not float32: a graph that was float32 in disguise would show here.
    expect(fromFloat32).toBeGreaterThan(2e-4);
  });
});

describe('the built-in model in fp16', () => {
  let artifact: string;
  beforeAll(async () => {
    artifact = await exportedStoryteller(formats.fp16);
  });

  test.each([...oracle.prompts.keys()])(
    'has the logits of float64 transformers on prompt %i but for what fp16 costs',
    async (index) => {
      const { ids, last_logits: expected } = oracle.prompts[index]!;
      const logits = (await answers(artifact, ids)).logits(ids.length - 1);
      if (process.env['SHOW']) console.log('SHOW', index, largestError(logits, expected));
      expect(largestError(logits, expected)).toBeLessThan(3e-3);
    },
  );

  test.each([...oracle.prompts.keys()])(
    'has the normalizers and the best token at each place of prompt %i',
    async (index) => {
      const { ids, log_sum_exp, top_ids, top_logits } = oracle.prompts[index]!;
      const outputs = await answers(artifact, ids);
      for (const at of ids.keys()) {
        expect(outputs.logNormalizer(at)).toBeCloseTo(log_sum_exp[at]!, 1);
        const [first, second] = top_logits[at]!;
        if (first! - second! > 0.1) expect(outputs.topIds(at)[0]).toBe(top_ids[at]![0]);
      }
    },
  );
});

test('what all logits have in common costs the others nothing, however much it is', async () => {
  // As in published checkpoints: one channel that is the same in all rows of the table, and always on.
  const tensors = new Map(randomTensors(tinyConfig));
  const { width, vocabularySize } = tinyConfig;
  const numbers = (name: string) => {
    const { shape, bytes } = tensors.get(name)!;
    const copy = new Float32Array(bytes.buffer.slice(0));
    tensors.set(name, float32Tensor(shape, copy));
    return copy;
  };
  const table = numbers('wte.weight');
  for (let row = 0; row < vocabularySize; row++) table[row * width + 5] = -2;
  numbers('ln_f.weight')[5] = 0.01;
  numbers('ln_f.bias')[5] = 45;
  const subject = exportTiny(tinyConfig, tensors);
  await subject.exported;
  const ids = Array.from({ length: 16 }, (_, at) => (at * 31 + 5) % 97);
  const outputs = await answers(subject.outputDirectory, ids);
  const float32 = computed(subject.checkpointDirectory, ids, 'fp32');
  let largest = 0;
  for (const at of ids.keys()) {
    const [found, expected] = [outputs.logits(at), row(float32, at)];
    expect(Math.max(...expected)).toBeLessThan(-64); // where halves are 1/16 apart
    // What is common may be off by more than that, of which no probability knows.
    const shift = found[0]! - expected[0]!;
    expect(Math.abs(shift)).toBeLessThan(0.1);
    found.forEach((logit, id) => {
      largest = Math.max(largest, Math.abs(logit - shift - expected[id]!));
    });
  }
  if (process.env['SHOW']) console.log('SHOW common', largest);
  expect(largest).toBeLessThan(0.015);
});

test('a weight beyond the largest half is refused by name, and nothing is left behind', async () => {
  const tensors = randomTensors(tinyConfig);
  const bias = new Float32Array(tinyConfig.width).fill(1);
  bias[7] = -65520;
  tensors.set('h.1.mlp.c_proj.bias', float32Tensor([tinyConfig.width], bias));
  const { exported } = exportTiny(tinyConfig, tensors);
  await expect(exported).rejects.toThrow(CheckpointError);
  await expect(exported).rejects.toThrow(
    'h.1.mlp.c_proj.bias has -65520 at 7, and fp16 ends at 65504: export it with --precision fp32',
  );
});

test('an fp16 artifact takes half the bytes', async () => {
  const { exported, checkpointDirectory } = exportTiny();
  const { files } = await exported;
  const single = await exportCheckpoint({
    checkpointDirectory,
    outputDirectory: path.join(folder, 'single'),
  });
  const ratio = files[1]!.bytes / single.files[1]!.bytes;
  expect(ratio).toBeGreaterThan(0.45);
  expect(ratio).toBeLessThan(0.55); // the table is padded
});

test.each([
  ['fp16', 'int8', 'weights in fp16 have a cache in fp16'],
  ['fp16', 'fp32', 'weights in fp16 have a cache in fp16'],
  ['int8', 'fp16', 'weights in int8 have a cache in fp32 or int8'],
] as const)(
  'weights in %s and a cache in %s are not exported',
  async (precision, cachePrecision, message) => {
    const checkpointDirectory = writeCheckpoint(path.join(folder, 'unfit'));
    const outputDirectory = path.join(folder, 'unfit-artifact');
    const asked = { checkpointDirectory, outputDirectory, precision, cachePrecision };
    await expect(exportCheckpoint(asked)).rejects.toThrow(message);
  },
);
