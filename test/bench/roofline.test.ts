// Expected values are worked out by hand from GPT-2's published shape.

import { expect, test } from 'vitest';
import {
  blockParameters,
  boundSeconds,
  closedLoopBound,
  decodeWork,
  headParameters,
  prefillWork,
  sharedBoundSeconds,
} from '../../bench/bounds/roofline.ts';
import { publishedSizes } from '../../models/gpt2/config.ts';

const gpt2 = publishedSizes['124M'];
const fp32 = { kind: 'fp32', cacheBytesPerNumber: 4 } as const;
const endless = { bytesPerSecond: Infinity, fp32PerSecond: Infinity, int8PerSecond: Infinity };

test('the parameters that a token is multiplied with are those of the paper, without embeddings', () => {
  expect(blockParameters(gpt2)).toBe(84_934_656); // 12 · 12 · 768²
  expect(headParameters(gpt2)).toBe(38_597_376); // 50257 · 768
});

test('a decode step reads all weights once and the cache of every stream', () => {
  const machine = { ...endless, bytesPerSecond: 1 };
  const weights = (84_934_656 + 38_597_376) * 4;
  const token = 2 * 12 * 768 * 4; // keys and values of one token in all layers
  expect(boundSeconds(decodeWork(1, 0), gpt2, fp32, machine)).toBe(weights);
  expect(boundSeconds(decodeWork(8, 100), gpt2, fp32, machine)).toBe(weights + 8 * 100 * token);
});

test('a prompt costs two operations for each parameter and token, and the head only for its rows', () => {
  const machine = { ...endless, fp32PerSecond: 1 };
  const attention = 4 * 12 * 768 * 64 * 32;
  const blocks = 2 * 64 * 84_934_656;
  const head = 2 * 38_597_376;
  expect(boundSeconds(prefillWork(64, 1), gpt2, fp32, machine)).toBe(blocks + head + attention);
  expect(boundSeconds(prefillWork(64, 64), gpt2, fp32, machine)).toBe(
    blocks + 64 * head + attention,
  );
});

test('eight bits are read in a quarter of the time, and computed at their own speed', () => {
  const int8 = { kind: 'int8', cacheBytesPerNumber: 4 } as const;
  const memory = { ...endless, bytesPerSecond: 1 };
  const [wide, narrow] = [fp32, int8].map((weights) =>
    boundSeconds(decodeWork(1, 0), gpt2, weights, memory),
  );
  expect(narrow).toBe(wide! / 4);
  const arithmetic = { ...endless, int8PerSecond: 1 };
  expect(boundSeconds(decodeWork(4, 0), gpt2, int8, arithmetic)).toBe(
    8 * (84_934_656 + 38_597_376),
  );
});

test('in four bits the blocks are read with their scales and zeros, the head in eight', () => {
  const int4 = { kind: 'int4', cacheBytesPerNumber: 4 } as const;
  const machine = { ...endless, bytesPerSecond: 1 };
  const bytes = (84_934_656 / 32) * (16 + 4 + 0.5) + 38_597_376;
  expect(boundSeconds(decodeWork(1, 0), gpt2, int4, machine)).toBe(bytes);
});

test('what takes longer, memory or arithmetic, is the bound', () => {
  const slowMemory = { ...endless, bytesPerSecond: 1, fp32PerSecond: 1e6 };
  const slowArithmetic = { ...endless, bytesPerSecond: 1e6, fp32PerSecond: 1 };
  const work = decodeWork(32, 64);
  const only = (machine: object) => boundSeconds(work, gpt2, fp32, { ...endless, ...machine });
  expect(boundSeconds(work, gpt2, fp32, slowMemory)).toBe(only({ bytesPerSecond: 1 }));
  expect(boundSeconds(work, gpt2, fp32, slowArithmetic)).toBe(only({ fp32PerSecond: 1 }));
});

test('prompts that share steps read the weights once, and each its own cache', () => {
  const machine = { ...endless, bytesPerSecond: 1 };
  const weights = (84_934_656 + 38_597_376) * 4;
  const caches = 3 * 32 * (2 * 12 * 768 * 4); // half of 64 tokens, on average
  const prompts = new Array(3).fill(prefillWork(64, 1));
  expect(sharedBoundSeconds(prompts, gpt2, fp32, machine)).toBe(weights + caches);
});

test('what one work computes hides what another reads', () => {
  const machine = { ...endless, bytesPerSecond: 1e10, fp32PerSecond: 1e11 };
  const works = [decodeWork(32, 1000), prefillWork(512, 1)]; // reads much, computes much
  const bound = (only: object) => sharedBoundSeconds(works, gpt2, fp32, { ...endless, ...only });
  const reading = bound({ bytesPerSecond: 1e10 });
  const computing = bound({ fp32PerSecond: 1e11 });
  expect(sharedBoundSeconds(works, gpt2, fp32, machine)).toBe(Math.max(reading, computing));
  const apart = works.map((work) => boundSeconds(work, gpt2, fp32, machine));
  expect(Math.max(reading, computing)).toBeLessThan(apart[0]! + apart[1]!);
});

test('streams that generate one token are bound by the operations of their prompts', () => {
  const machine = { ...endless, fp32PerSecond: 1e12 };
  const load = { streams: 4, promptTokens: 64, generatedTokens: 1 };
  const prompt = boundSeconds(prefillWork(64, 1), gpt2, fp32, machine);
  expect(closedLoopBound(load, gpt2, fp32, machine)).toBeCloseTo(1 / prompt, 6);
});

test('short prompts of many streams take one step together, where memory is the bound', () => {
  const machine = { ...endless, bytesPerSecond: 1e9 };
  const load = { streams: 8, promptTokens: 2, generatedTokens: 1 };
  const step = boundSeconds(decodeWork(8, 1), gpt2, fp32, machine);
  expect(closedLoopBound(load, gpt2, fp32, machine)).toBeCloseTo(8 / step, 6);
});

test('each further token takes a step of all streams', () => {
  const machine = { ...endless, bytesPerSecond: 1e9, fp32PerSecond: 1e11 };
  const load = { streams: 4, promptTokens: 64, generatedTokens: 3 };
  const prompts = sharedBoundSeconds(new Array(4).fill(prefillWork(64, 1)), gpt2, fp32, machine);
  const steps = [65, 66].map((past) => boundSeconds(decodeWork(4, past), gpt2, fp32, machine));
  expect(closedLoopBound(load, gpt2, fp32, machine)).toBeCloseTo(
    12 / (prompts + steps[0]! + steps[1]!),
    6,
  );
});
