// Measures what the machine can do, with the runtime that serves: how fast memory is read, and how many
// operations a second the processors do in fp32 and in int8. The best run of the best shape counts.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { kernelConfiguration } from '../../src/model/kernel-configuration.ts';
import { NativeMemory } from '../../src/onnxruntime/memory.ts';
import { Session } from '../../src/onnxruntime/session.ts';
import { Binding, Tensor } from '../../src/onnxruntime/tensor.ts';
import { floatProduct, integerProduct, type Shape, streamedProduct } from './products.ts';
import type { MachineBounds } from './roofline.ts';

/** Larger ones do better in peace; the smallest may be done before anything interrupts it. */
const productShapes: readonly Shape[] = [
  { m: 256, k: 768, n: 2304 },
  { m: 512, k: 768, n: 3072 },
  { m: 512, k: 1024, n: 4096 },
  { m: 1024, k: 2048, n: 2048 },
  { m: 2048, k: 2048, n: 2048 },
];

/** 512 MiB: more than any cache. */
const streamedShapes: readonly Shape[] = [
  { m: 1, k: 4096, n: 32768 },
  { m: 1, k: 32768, n: 4096 },
];

const secondsPerShape = 0.7;

export function measureBounds(threads: number): MachineBounds {
  const operations = ({ m, k, n }: Shape) => 2 * m * k * n;
  const best = (
    shapes: readonly Shape[],
    graph: (shape: Shape) => Uint8Array,
    amount: (shape: Shape) => number,
  ) => Math.max(...shapes.map((shape) => amount(shape) / fastestRun(graph(shape), shape, threads)));
  return {
    bytesPerSecond: best(streamedShapes, streamedProduct, ({ k, n }) => 4 * k * n),
    fp32PerSecond: best(productShapes, floatProduct, operations),
    int8PerSecond: best(productShapes, integerProduct, operations),
  };
}

export function describeBounds(bounds: MachineBounds): string {
  const { bytesPerSecond, fp32PerSecond, int8PerSecond } = bounds;
  return (
    `memory ${(bytesPerSecond / 1e9).toFixed(1)} GB/s, ` +
    `fp32 ${(fp32PerSecond / 1e9).toFixed(0)} GFLOP/s, int8 ${(int8PerSecond / 1e9).toFixed(0)} GOP/s`
  );
}

/** In seconds. */
function fastestRun(graph: Uint8Array, { m, k, n }: Shape, threads: number): number {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kvasir-bounds-'));
  const disposables: { dispose(): void }[] = [];
  const keep = <T extends { dispose(): void }>(made: T): T => {
    disposables.unshift(made);
    return made;
  };
  try {
    const file = path.join(folder, 'product.onnx');
    writeFileSync(file, graph);
    const configuration = kernelConfiguration;
    const options = { provider: { kind: 'cpu' }, threads, configuration } as const;
    const session = keep(new Session(file, options));
    const binding = keep(new Binding(session));
    const tensor = (type: 'float32' | 'int32', rows: number, columns: number) => {
      const memory = keep(new NativeMemory(4 * rows * columns));
      // Touched, so that each page is real; small whole numbers suit both kinds of product.
      if (type === 'float32') new Float32Array(memory.buffer).fill(3);
      return keep(new Tensor(memory, type, [rows, columns]));
    };
    binding.input('x', tensor('float32', m, k));
    if (session.inputNames.includes('w')) binding.input('w', tensor('float32', k, n));
    // Both are four bytes wide; int32 is what a product of integers gives.
    const isInteger = Buffer.from(graph).includes('MatMulInteger');
    binding.output('y', tensor(isInteger ? 'int32' : 'float32', m, n));
    return fastest(() => session.run(binding));
  } finally {
    for (const made of disposables) made.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

function fastest(run: () => void): number {
  let least = Infinity;
  const end = performance.now() + 1000 * secondsPerShape;
  for (let now = performance.now(); now < end; ) {
    run();
    const after = performance.now();
    least = Math.min(least, (after - now) / 1000);
    now = after;
  }
  return least;
}
