// Which device is taken, and what is said about it, for what was asked and what there is.

import { describe, expect, test } from 'vitest';
import type { CacheLayout, Precision } from '../../models/manifest.ts';
import { describeEngine } from '../../src/cli/describe-engine.ts';
import {
  chooseDevice,
  requireArchitecture,
  requireFlashDevice,
  sizesFor,
} from '../../src/cli/device.ts';
import { readSettings } from '../../src/config/read.ts';
import { commands } from '../../src/config/table.ts';
import { ServeError } from '../../src/errors.ts';

const machine = {
  processorCount: 2,
  memoryBytes: 8e9,
  cacheDirectory: '/tmp',
  temporaryDirectory: '/tmp',
};
const found = () => 'NVIDIA Thing, driver 580.1';
const missing = () => {
  throw new Error('there is no NVIDIA driver. Install one');
};

const stored = (precision: Precision, cacheLayout: CacheLayout = 'rows') => {
  return { precision, cacheLayout };
};
const halves = stored('fp16');

function settings(...flags: [string, string][]) {
  const given = { flags: new Map(flags), environment: {}, file: new Map(), machine };
  return readSettings(commands.serve.settings, given);
}

function refusal(run: () => unknown): ServeError {
  try {
    run();
  } catch (error) {
    if (error instanceof ServeError) return error;
  }
  throw new Error('it was not refused');
}

test('a checkpoint goes to CUDA in fp16 where there is all it needs', () => {
  const given = settings();
  expect(chooseDevice(given, given, null, found)).toMatchObject({
    device: 'cuda',
    reason: 'NVIDIA Thing, driver 580.1',
    precisions: { precision: 'fp16', cachePrecision: 'fp16', cacheLayout: 'auto' },
    cuda: { deviceId: 0, mostGraphs: 96, attention: 'flash', usesTf32: false },
  });
});

test('and to the processors, in whatever they do best, where something is missing', () => {
  const given = settings();
  expect(chooseDevice(given, given, null, missing)).toEqual({
    device: 'cpu',
    reason: 'no CUDA: there is no NVIDIA driver',
    cuda: null,
    precisions: { precision: 'auto', cachePrecision: 'auto', cacheLayout: 'auto' },
  });
});

test('an artifact goes to CUDA if it is one for it', () => {
  const given = settings();
  expect(chooseDevice(given, given, halves, found).device).toBe('cuda');
  expect(chooseDevice(given, given, stored('int8'), found)).toMatchObject({
    device: 'cpu',
    reason: "no CUDA: the model is in int8, and CUDA's attention computes in fp16",
  });
});

test('a checkpoint that is to be int8 stays on the processors', () => {
  const given = settings(['precision', 'int8']);
  expect(chooseDevice(given, given, null, found).device).toBe('cpu');
});

test('what is asked for by name and cannot be had is refused with all that is known', () => {
  const given = settings(['device', 'cuda']);
  const { code, param, message } = refusal(() => chooseDevice(given, given, null, missing));
  expect([code, param]).toEqual(['invalid_setting', '--device']);
  expect(message).toBe('--device cuda cannot be had: there is no NVIDIA driver. Install one');
  const { message: other } = refusal(() => chooseDevice(given, given, stored('fp32'), found));
  expect(other).toMatch(/the model is in fp32.*--precision fp16/);
});

test('the processors are asked nothing', () => {
  const given = settings(['device', 'cpu']);
  const never = () => {
    throw new Error('asked');
  };
  expect(chooseDevice(given, given, halves, never)).toMatchObject({
    device: 'cpu',
    reason: 'as asked for',
  });
});

describe('a cache of blocks', () => {
  const asked = settings(['kv-layout', 'paged']);

  test('is had with CUDA', () => {
    expect(chooseDevice(asked, asked, null, found)).toMatchObject({
      device: 'cuda',
      precisions: { precision: 'fp16', cachePrecision: 'fp16', cacheLayout: 'paged' },
    });
    expect(chooseDevice(settings(), settings(), stored('fp16', 'paged'), found).device).toBe(
      'cuda',
    );
  });

  test.each([
    ['where CUDA is missing', asked, null, missing, 'there is no NVIDIA driver. Install one'],
    ['on the processors', settings(['kv-layout', 'paged'], ['device', 'cpu']), null, found, ''],
    ['of an artifact', settings(['device', 'cpu']), stored('fp16', 'paged'), found, ''],
  ] as const)('is refused %s, with the reason', (_, given, model, find, further) => {
    const { param, message } = refusal(() => chooseDevice(given, given, model, find));
    expect(param).toBe('--kv-layout');
    expect(message).toContain('PagedAttention) has no kernel for processors');
    expect(message).toContain(further);
  });
});

describe('attention over blocks is of one kind', () => {
  test.each(['memory-efficient', 'cudnn', 'math'])('and not %s', (kernel) => {
    const given = settings(['kv-layout', 'paged'], ['cuda-attention', kernel], ['device', 'cuda']);
    const { message } = refusal(() => chooseDevice(given, given, null, found));
    expect(message).toMatch(/--kv-layout paged\) goes with --cuda-attention flash or auto/);
    const overRows = settings(['cuda-attention', kernel]);
    expect(chooseDevice(overRows, overRows, null, found).device).toBe('cuda');
  });

  test('for which older GPUs have no kernel', () => {
    const gpu = { id: 0, name: 'GPU', memoryBytes: 1, multiprocessorCount: 1 };
    const older = { ...gpu, computeCapability: '7.5' };
    expect(() => requireFlashDevice(older)).toThrow(/--kv-layout paged\) needs 8\.0/);
    for (const computeCapability of ['8.0', '9.0', '12.0']) {
      expect(() => requireFlashDevice({ ...gpu, computeCapability })).not.toThrow();
    }
  });

  test('so whoever finds the device is told what the cache is made of', () => {
    const told: boolean[] = [];
    const find = (_: unknown, isPaged: boolean) => {
      told.push(isPaged);
      return 'NVIDIA Thing';
    };
    const asked = settings(['kv-layout', 'paged']);
    chooseDevice(asked, asked, null, find);
    chooseDevice(settings(), settings(), null, find);
    expect(told).toEqual([true, false]);
  });
});

test('a GPU that the provider has no machine code for is refused', () => {
  const gpu = { id: 0, name: 'GPU', memoryBytes: 1, multiprocessorCount: 1 };
  for (const computeCapability of ['7.5', '8.0', '8.7', '9.0', '12.1']) {
    expect(() => requireArchitecture({ ...gpu, computeCapability })).not.toThrow();
  }
  for (const computeCapability of ['7.0', '10.0', '11.0']) {
    expect(() => requireArchitecture({ ...gpu, computeCapability })).toThrow(
      /has kernels for 7\.5/,
    );
  }
});

test('sizes follow from the device unless they are given', () => {
  const unsaid = { maxRunning: 0, prefillChunkTokens: 0 };
  expect(sizesFor('cpu', unsaid)).toEqual({ maxRunning: 32, prefillChunkTokens: 256 });
  expect(sizesFor('cuda', unsaid)).toEqual({ maxRunning: 256, prefillChunkTokens: 1024 });
  expect(sizesFor('cuda', { ...unsaid, maxRunning: 7 }).maxRunning).toBe(7);
});

test('the lines at a start say what was chosen, why, and what it takes', () => {
  const manifest = {
    parameterCount: 124e6,
    precision: 'fp16',
    cache: { precision: 'fp16', headSize: 64, layout: 'rows' },
    config: { contextLength: 1024 },
  } as never;
  const GiB = 1024 ** 3;
  const memory = {
    budgetBytes: 70 * GiB,
    unitCount: 256,
    cacheBytes: 9 * GiB,
    weightBytes: GiB / 4,
    workspaceBytes: 2 * GiB,
    arenaLimitBytes: 3 * GiB,
    laneBytes: GiB / 2,
    takenBytes: 11 * GiB,
  };
  const facts = {
    manifest,
    device: 'cuda',
    cache: { layout: 'rows', unitCount: 256, unitTokens: 1024, unitBytes: (9 * GiB) / 256 },
    memory,
    warnings: [],
    loadMs: 1234,
  } as const;
  expect(describeEngine('gpt2', facts, { device: 'cuda', reason: 'NVIDIA Thing' }, 2)).toEqual([
    'gpt2: 124.0 M parameters in fp16, loaded in 1.23 s',
    'device cuda: NVIDIA Thing',
    'cache: 256 rows of 1024 tokens, 9.00 GiB reserved',
    'memory of the GPU: weights 0.25 GiB, cache 9.00 GiB, inputs and logits 0.50 GiB, intermediate ' +
      'results up to 2.00 GiB; taken 11.00 GiB of 70.00 GiB allowed',
  ]);
  const unitBytes = (9 * GiB) / 1024;
  const blocks = { layout: 'paged', unitCount: 1024, unitTokens: 256, unitBytes } as const;
  const paged = describeEngine(
    'gpt2',
    { ...facts, cache: blocks },
    { device: 'cuda', reason: '' },
    2,
  );
  expect(paged[2]).toBe('cache: 1024 blocks of 256 tokens, 9.00 GiB reserved');
  const onCpu = { ...facts, device: 'cpu', memory: null } as const;
  const lines = describeEngine('gpt2', onCpu, { device: 'cpu', reason: 'as asked for' }, 2);
  expect(lines[1]).toBe('device cpu: as asked for; 2 threads');
  expect(lines).toHaveLength(3);
});
