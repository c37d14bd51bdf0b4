import { expect, test } from 'vitest';
import { eagerOps } from '../../models/eager.ts';
import { Cache } from '../../models/eager-attention.ts';
import { inStep } from '../../models/eager-in-step.ts';
import { int8Ops } from '../../models/eager-int8.ts';
import { idTensor, type Tensor } from '../../models/eager-tensor.ts';
import { gpt2 } from '../../models/gpt2/gpt2.ts';
import { weightShapes } from '../../models/gpt2/weights.ts';
import type { Ops } from '../../models/ops.ts';
import { randomTensors, tinyConfig } from '../export/tiny-checkpoint.ts';

const weights = new Map(
  [...randomTensors(tinyConfig)].map(([name, { shape, bytes }]) => {
    return [name, { shape, data: new Float32Array(bytes.buffer as ArrayBuffer) }] as const;
  }),
);
const tables = new Set<Tensor>([weights.get('wte.weight')!]);

function inputs(ids: readonly number[]) {
  const positions = idTensor([...ids.keys()]);
  return { inputIds: idTensor(ids), positionIds: positions, logitsRows: positions };
}

test.each<[string, () => Ops<Tensor>]>([
  ['float', () => eagerOps(new Cache())],
  ['int8', () => int8Ops(new Cache(), tables)],
])('sequences side by side give what each gives alone (%s)', (_, words) => {
  const sequences = [[3, 1, 4, 1, 5], [9, 2], [6]];
  const alone = sequences.map((ids) =>
    gpt2(words(), tinyConfig, (name) => weights.get(name)!, inputs(ids)),
  );
  const read: string[] = [];
  const param = (name: string) => {
    read.push(name);
    return sequences.map(() => weights.get(name)!);
  };
  const each = sequences.map(inputs);
  const together = gpt2(inStep(sequences.map(words)), tinyConfig, param, {
    inputIds: each.map(({ inputIds }) => inputIds),
    positionIds: each.map(({ positionIds }) => positionIds),
    logitsRows: each.map(({ logitsRows }) => logitsRows),
  });
  expect(together).toEqual(alone);
  // The embedding is looked up in, and is the head.
  expect(read.toSorted()).toEqual([...weightShapes(tinyConfig).keys(), 'wte.weight'].sort());
});
