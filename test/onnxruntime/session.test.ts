// The binding to ONNX Runtime itself, on a graph of two nodes that this file writes.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { OnnxRuntimeError } from '../../src/onnxruntime/api.ts';
import { openLibrary } from '../../src/onnxruntime/library.ts';
import { NativeMemory } from '../../src/onnxruntime/memory.ts';
import { RunOptions, Session, type SessionOptions } from '../../src/onnxruntime/session.ts';
import { Binding, Tensor } from '../../src/onnxruntime/tensor.ts';
import { temporaryFolder } from '../support/folders.ts';
import { encodeGraph } from './tiny-graph.ts';

const options: SessionOptions = { provider: { kind: 'cpu' }, threads: 1, configuration: {} };

function writeGraph(): string {
  const file = path.join(temporaryFolder(), 'sum.onnx');
  writeFileSync(file, encodeGraph());
  return file;
}

test('the library is the version that the API table was written for', () => {
  expect(openLibrary().version).toBe('1.30.0');
});

describe('memory', () => {
  test('starts zeroed at a multiple of 64 bytes and is what a tensor reads', () => {
    for (const byteLength of [1, 63, 64, 1000]) {
      const memory = new NativeMemory(byteLength);
      expect(memory.address() % 64n).toBe(0n);
      expect(new Uint8Array(memory.buffer).every((byte) => byte === 0)).toBe(true);
      memory.dispose();
    }
  });

  test('refuses a block that is too large to be counted', () => {
    expect(() => new NativeMemory(2 ** 31)).toThrow(RangeError);
  });
});

describe('a tensor', () => {
  test('that would reach outside its memory is refused', () => {
    const memory = new NativeMemory(64);
    expect(() => new Tensor(memory, 'float32', [17])).toThrow(/does not fit 64 bytes/);
    expect(() => new Tensor(memory, 'float32', [16], 4)).toThrow(RangeError);
    expect(() => new Tensor(memory, 'float32', [1], -4)).toThrow(RangeError);
    memory.dispose();
  });
});

describe('a session', () => {
  test('knows its inputs and outputs by name', () => {
    const session = new Session(writeGraph(), options);
    expect(session.inputNames).toEqual(['a', 'b']);
    expect(session.outputNames).toEqual(['sum']);
    session.dispose();
    session.dispose();
  });

  test('reads and writes bound memory in place, at an offset, run after run', () => {
    const session = new Session(writeGraph(), options);
    const binding = new Binding(session);
    const memory = new NativeMemory(1024);
    const floats = new Float32Array(memory.buffer);
    const a = new Tensor(memory, 'float32', [3]);
    const b = new Tensor(memory, 'float32', [3], 128);
    const sum = new Tensor(memory, 'float32', [3], 256);
    binding.input('a', a);
    binding.input('b', b);
    binding.output('sum', sum);
    for (let round = 1; round <= 3; round++) {
      floats.set([round, 2, 3], 0);
      floats.set([10, 20, 30], 32);
      session.run(binding);
      expect([...floats.subarray(64, 67)]).toEqual([10 + round, 22, 33]);
    }
    for (const part of [binding, a, b, sum, memory, session]) part.dispose();
  });

  test('says what ONNX Runtime said when a run is impossible', () => {
    const session = new Session(writeGraph(), options);
    const binding = new Binding(session);
    expect(() => session.run(binding)).toThrow(OnnxRuntimeError);
    expect(() => session.run(binding)).toThrow(/at least one output/i);
    binding.dispose();
    session.dispose();
  });

  test('ends a run early when its options say so', () => {
    const session = new Session(writeGraph(), options);
    const memory = new NativeMemory(1024);
    const binding = new Binding(session);
    const tensors = [0, 64, 128].map((offset) => new Tensor(memory, 'float32', [3], offset));
    binding.input('a', tensors[0]!);
    binding.input('b', tensors[1]!);
    binding.output('sum', tensors[2]!);
    const run = new RunOptions();
    run.terminate();
    expect(() => session.run(binding, run)).toThrow(/terminate/i);
    run.reset();
    session.run(binding, run);
    for (const part of [run, binding, ...tensors, memory, session]) part.dispose();
  });

  test('names the file that cannot be loaded', () => {
    expect(() => new Session('/nowhere/model.onnx', options)).toThrow(/\/nowhere\/model\.onnx/);
  });

  test('refuses CUDA where the provider is not installed, and says how to install it', (context) => {
    const cuda: SessionOptions = { ...options, provider: { kind: 'cuda', options: {} } };
    let message = '';
    try {
      new Session(writeGraph(), cuda).dispose();
      context.skip('this machine has a working CUDA provider');
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/CUDA provider.*(install|needs an NVIDIA driver)/s);
  });
});
