// The server that Kvasir is compared with must be right, or the comparison would mean nothing.

import path from 'node:path';
import ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { Generator } from '../../bench/plain/generator.ts';
import { readManifest } from '../../src/model/artifact.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { greedy, request, TestBench } from '../support/engine.ts';
import { certainIds, exportedStoryteller, oracle } from '../support/storyteller.ts';

test('a static batch of prompts of several lengths gives what each gives alone', async () => {
  const artifact = await exportedStoryteller();
  const manifest = readManifest(artifact);
  const file = path.join(artifact, manifest.files[0]!.name);
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 2 });
  const prompts = oracle.prompts.slice(0, 3);
  expect(new Set(prompts.map(({ ids }) => ids.length)).size).toBeGreaterThan(1);
  const generated: number[][] = prompts.map(() => []);
  await new Generator(session, manifest).run(
    prompts.map((prompt, index) => ({
      promptIds: Int32Array.from(prompt.ids),
      // Of several lengths, so that one ends before the others.
      maxTokens: certainIds(prompt).length - index,
      sampling: greedy,
      onToken: (id) => generated[index]!.push(id),
    })),
  );
  await session.release();
  prompts.forEach((prompt, index) => {
    const expected = certainIds(prompt);
    expect(expected.length).toBeGreaterThan(4);
    expect(generated[index]).toEqual(expected.slice(0, expected.length - index));
  });
});

test('what it draws is what Kvasir draws with the same seeds', async () => {
  const artifact = await exportedStoryteller();
  const bench = new TestBench(artifact);
  const engine = bench.engine({ rowCount: 2, chunkTokens: 256 });
  const drawn = [
    { ...freeDraw, seedLow: 3 },
    { ...freeDraw, topK: 40, inverseTemperature: 1.25, seedLow: 4 },
  ];
  const { ids } = oracle.prompts[0]!;
  for (const [id, sampling] of drawn.entries()) engine.loop.submit(request(id, ids, 12, sampling));
  engine.run();
  bench.dispose();

  const file = path.join(artifact, bench.manifest.files[0]!.name);
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 2 });
  const generated: number[][] = drawn.map(() => []);
  await new Generator(session, bench.manifest).run(
    drawn.map((sampling, index) => ({
      promptIds: Int32Array.from(ids),
      maxTokens: 12,
      sampling,
      onToken: (id) => generated[index]!.push(id),
    })),
  );
  await session.release();
  expect(generated).toEqual(drawn.map((_, id) => engine.ids.get(id)));
});
