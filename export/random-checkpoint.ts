// A checkpoint with random weights that is never written: its tensors are made when they are read, fast
// enough for the largest GPT-2. As coarse as it may be where nothing but time and memory is measured:
// numbers are drawn from a table of normal ones.

import type { Gpt2Config } from '../models/gpt2/config.ts';
import { elementCount, weightShapes } from '../models/gpt2/weights.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { constantOf, deviationOf } from './init.ts';
import { fillNormal, randomWords } from './random.ts';

const tableBits = 12;

export function randomCheckpoint(config: Gpt2Config, seed: number): Checkpoint {
  const shapes = weightShapes(config);
  const names = [...shapes.keys()];
  const table = new Float32Array(2 ** tableBits);
  fillNormal(table, 1, randomWords(seed, 0));
  const shape = (name: string) => {
    const found = shapes.get(name);
    if (found === undefined) throw new Error(`GPT-2 has no tensor ${name}`);
    return found;
  };
  return {
    config,
    shape,
    read: (name) => {
      const numbers = new Float32Array(elementCount(shape(name)));
      const constant = constantOf(name);
      if (constant !== null) return numbers.fill(constant);
      const deviation = deviationOf(name, config);
      const scaled = table.map((number) => number * deviation);
      drawFrom(scaled, numbers, seed * names.length + names.indexOf(name) + 1);
      return numbers;
    },
    close: () => {},
  };
}

/** Marsaglia's xorshift (2003), whose state is never 0. */
function drawFrom(table: Float32Array, numbers: Float32Array, seed: number): void {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  for (let index = 0; index < numbers.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    numbers[index] = table[state >>> (32 - tableBits)]!;
  }
}
