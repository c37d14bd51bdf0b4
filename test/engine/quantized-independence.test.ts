// In whole numbers, too, a request's output does not depend on its neighbours, to the last bit: each token has
// scales of its own, and a cache's scales are fixed when the model is exported.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

const { int8, int8Cache, int8Both, int4, int4Both } = formats;

describe.each([int8, int8Cache, int8Both, int4, int4Both])(
  'requests to a model in $precision with a cache in $cachePrecision',
  (chosen) => {
    let bench: TestBench;
    let alone: (number[] | undefined)[];
    beforeAll(async () => {
      bench = new TestBench(await exportedStoryteller(chosen));
      alone = subjects.map((subject) => {
        const engine = bench.engine({ rowCount: 34, chunkTokens: 16 });
        engine.loop.submit(subject);
        engine.run();
        return engine.ids.get(subject.id);
      });
    });
    afterAll(() => bench.dispose());

    test('are answered as if alone, whether prompts come in chunks or share steps', () => {
      for (const chunkTokens of [16, 512]) {
        const engine = bench.engine({ rowCount: 34, chunkTokens });
        for (const neighbour of neighbours.slice(0, 15)) engine.loop.submit(neighbour);
        for (const subject of subjects) engine.loop.submit(subject);
        for (const neighbour of neighbours.slice(15)) engine.loop.submit(neighbour);
        engine.run();
        expect(engine.endings.size).toBe(33);
        expect(subjects.map(({ id }) => engine.ids.get(id))).toEqual(alone);
      }
    });

    test('are answered as if alone when others leave early around them', () => {
      const engine = bench.engine({ rowCount: 34, chunkTokens: 64 });
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
