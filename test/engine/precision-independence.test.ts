// In no number format does a request's output depend on its neighbours, to the last bit: whole numbers
// have scales of each token's own, and those of a cache are fixed when the model is exported; in fp16 the
// kernels that this processor has round each row by itself.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { speculates } from '../../src/engine/load.ts';
import { greedy, request, TestBench } from '../support/engine.ts';
import { neighbours } from '../support/neighbours.ts';
import { exportedStoryteller, formats, oracle } from '../support/storyteller.ts';

const sampled = {
  ...greedy,
  greedy: false,
  inverseTemperature: 1 / 0.9,
  topP: 0.95,
  seedLow: 12345,
};
const subjects = [greedy, sampled].map((sampling, id) => {
  return request(id, oracle.text.ids.slice(100, 137), 24, sampling);
});

const { fp16, int8, int8Cache, int8Both, int4, int4Both } = formats;

describe.each([fp16, int8, int8Cache, int8Both, int4, int4Both])(
  'requests to a model in $precision with a cache in $cachePrecision',
  (chosen) => {
    let bench: TestBench;
    let alone: (number[] | undefined)[];
    // Drafts ahead only where the server would.
    const engineWith = (chunkTokens: number) =>
      bench.engine({ rowCount: 34, chunkTokens, speculation: speculates(bench.manifest, 'auto') });
    beforeAll(async () => {
      bench = new TestBench(await exportedStoryteller(chosen));
      alone = subjects.map((subject) => {
        const engine = engineWith(16);
        engine.loop.submit(subject);
        engine.run();
        return engine.ids.get(subject.id);
      });
    });
    afterAll(() => bench.dispose());

    test('are answered as if alone, whether prompts come in chunks or share steps', () => {
      for (const chunkTokens of [16, 512]) {
        const engine = engineWith(chunkTokens);
        for (const neighbour of neighbours.slice(0, 15)) engine.loop.submit(neighbour);
        for (const subject of subjects) engine.loop.submit(subject);
        for (const neighbour of neighbours.slice(15)) engine.loop.submit(neighbour);
        engine.run();
        expect(engine.endings.size).toBe(33);
        expect(subjects.map(({ id }) => engine.ids.get(id))).toEqual(alone);
      }
    });

    test('are answered as if alone when others leave early around them', () => {
      const engine = engineWith(64);
      for (const neighbour of neighbours.slice(0, 16)) engine.loop.submit(neighbour);
      for (const subject of subjects) engine.loop.submit(subject);
      for (const neighbour of neighbours) {
        engine.step();
        engine.loop.abort(neighbour.id);
      }
      engine.run();
      expect(subjects.map(({ id }) => engine.ids.get(id))).toEqual(alone);
    });
  },
);
