import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Candidates, undecided } from '../../src/sampling/candidates.ts';
import { FullRow } from '../../src/sampling/full-row.ts';
import { freeDraw, type SamplingParameters } from '../../src/sampling/parameters.ts';
import { Ranking } from '../../src/sampling/ranking.ts';
import { readsNormalizer, Sampler } from '../../src/sampling/sampler.ts';
import { distribution, drawnAt, scoresOf } from '../reference/sampler.ts';
import { emptyText } from '../reference/sampler-adjustments.ts';
import { candidateLimit, parameters, point, rows } from './arbitraries.ts';
import { pointAt, uniform } from './uniform.ts';

const plain: SamplingParameters = { ...freeDraw, seedLow: 11, seedHigh: 12 };

describe('the fast way gives what the obvious way gives', () => {
  test('for any row, parameters and seed', () => {
    let decided = 0;
    let fellBack = 0;
    fc.assert(
      fc.property(rows, parameters, candidateLimit, fc.nat(1000), (logits, how, limit, token) => {
        const candidateCount = Math.min(limit, logits.length);
        const sampler = new Sampler({ vocabularySize: logits.length, candidateCount });
        const scores = scoresOf([logits], [how.inverseTemperature], candidateCount);
        const at = uniform(how.seedLow, how.seedHigh, how.sampleIndex, token);
        const expected = drawnAt(distribution(logits, how, candidateCount), at);
        expect(expected).toContain(sampler.pick(scores, 0, how, token, emptyText));
        expect(sampler.fullRowCount).toBe(scores.rowsRead);
        if (scores.rowsRead > 0) fellBack += 1;
        else decided += 1;
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(decided, fellBack), 'both ways were tried').toBeGreaterThan(300);
  });

  test('at any point from 0 to just below 1, each way by itself', () => {
    fc.assert(
      fc.property(rows, parameters, candidateLimit, point, (logits, how, limit, at) => {
        const candidateCount = Math.min(limit, logits.length);
        const scores = scoresOf([logits], [how.inverseTemperature], candidateCount);
        const { topScores, topIds } = scores;
        const expected = drawnAt(distribution(logits, how, candidateCount), at);
        const whole = new FullRow(logits.length, candidateCount);
        expect(expected).toContain(whole.draw(logits, topScores, topIds, 0, how, pointAt(at)));
        const ranking = new Ranking(logits.length, candidateCount);
        ranking.show(scores, 0, how);
        const place = new Candidates(candidateCount).draw(ranking, how, pointAt(at));
        if (place !== undecided) expect(expected).toContain(topIds[place]);
      }),
      { numRuns: 3000 },
    );
  });
});

test('draws that wait for their rows are those that do not wait', () => {
  const draw = fc.record({ logits: rows, how: parameters, token: fc.nat(1000) });
  let waited = 0;
  fc.assert(
    fc.property(fc.array(draw, { minLength: 2, maxLength: 6 }), candidateLimit, (some, limit) => {
      // One vocabulary, that of the smallest row.
      const size = Math.min(...some.map(({ logits }) => logits.length));
      const candidateCount = Math.min(limit, size);
      const cut = some.map(({ logits }) => logits.slice(0, size));
      const temperatures = some.map(({ how }) => how.inverseTemperature);
      const scores = scoresOf(cut, temperatures, candidateCount);
      const options = { vocabularySize: size, candidateCount };
      const atOnce = new Sampler(options);
      const expected = some.map(({ how, token }, row) => {
        return atOnce.pick(scores, row, how, token, emptyText);
      });
      const sampler = new Sampler(options);
      const ids = some.map(({ how, token }, row) => {
        return sampler.pickByCandidates(scores, row, how, token, emptyText);
      });
      expect(sampler.fullRowCount).toBe(0);
      some.forEach(({ how, token }, row) => {
        if (ids[row] !== undecided) return;
        ids[row] = sampler.pickByRow(scores, row, how, token, emptyText);
        waited += 1;
      });
      expect(ids).toEqual(expected);
      expect(sampler.fullRowCount).toBe(atOnce.fullRowCount);
    }),
    { numRuns: 1000 },
  );
  expect(waited).toBeGreaterThan(300);
});

test('a draw that reads no normalizer needs none', () => {
  let withoutNormalizer = 0;
  fc.assert(
    fc.property(rows, parameters, candidateLimit, fc.nat(), (logits, how, limit, token) => {
      const candidateCount = Math.min(limit, logits.length);
      fc.pre(!readsNormalizer(how, candidateCount));
      const sampler = new Sampler({ vocabularySize: logits.length, candidateCount });
      const scores = scoresOf([logits], [how.inverseTemperature], candidateCount);
      const id = sampler.pick(scores, 0, how, token, emptyText);
      scores.temperedLogNormalizers[0] = Number.POSITIVE_INFINITY;
      expect(sampler.pick(scores, 0, how, token, emptyText)).toBe(id);
      expect(sampler.fullRowCount).toBe(0);
      withoutNormalizer += 1;
    }),
    { numRuns: 1000 },
  );
  expect(withoutNormalizer).toBeGreaterThan(100);
});

test('a whole vocabulary, where the float32 normalizer is least exact, changes nothing', () => {
  const size = 50_257;
  const shapes: ((id: number) => number)[] = [
    (id) => -33 - 1.2 * Math.log(((id * 101) % size) + 1),
    (id) => -90 + 8 * uniform(5, 0, 0, id), // nearly even
    (id) => (id === 17 ? 0 : -17), // one likely, and many that each round to nothing beside it
  ];
  for (const shape of shapes) {
    const logits = Float32Array.from({ length: size }, (_, id) => shape(id));
    const sampler = new Sampler({ vocabularySize: size, candidateCount: 64 });
    const scores = scoresOf([logits], [1], 64);
    for (const how of [plain, { ...plain, topP: 0.9 }, { ...plain, topP: 0.999 }]) {
      const choices = distribution(logits, how, 64);
      for (let token = 0; token < 100; token += 1) {
        const expected = drawnAt(choices, uniform(11, 12, 0, token));
        expect(expected).toContain(sampler.pick(scores, 0, how, token, emptyText));
      }
    }
  }
});

test('a normalizer that float32 has spoilt is not taken at its word', () => {
  const logits = new Float32Array(50_257).fill(-17);
  logits[17] = 0;
  const scores = scoresOf([logits], [1], 64);
  const normalizer = scores.temperedLogNormalizers[0]!;
  const [{ probability } = { probability: 0 }] = distribution(logits, plain, 64);
  const claimed = Math.exp(-normalizer);
  expect(claimed - probability).toBeGreaterThan(2e-4);
  const between = (claimed + probability) / 2;
  const ranking = new Ranking(logits.length, 64);
  ranking.show(scores, 0, plain);
  const candidates = new Candidates(64);
  expect(candidates.draw(ranking, plain, pointAt(between))).toBe(undecided);
  expect(candidates.draw(ranking, plain, pointAt(0.997))).toBe(0);
});

describe('the candidates suffice', () => {
  const size = 2000;
  const logits = Float32Array.from(
    { length: size },
    (_, id) => -1.3 * Math.log(((id * 7) % size) + 1),
  );
  const rate = (how: Partial<SamplingParameters>) => {
    const parameters = { ...plain, ...how };
    const sampler = new Sampler({ vocabularySize: size, candidateCount: 64 });
    const scores = scoresOf([logits], [parameters.inverseTemperature], 64);
    for (let token = 0; token < 1000; token += 1)
      sampler.pick(scores, 0, parameters, token, emptyText);
    return sampler.fullRowCount / 1000;
  };

  test('for the best, for the k best, and for a nucleus among them', () => {
    expect(rate({ greedy: true })).toBe(0);
    expect(rate({ topK: 64 })).toBe(0);
    expect(rate({ topK: 40, topP: 0.9 })).toBe(0);
    expect(rate({ topP: 0.8 })).toBe(0);
    expect(rate({ inverseTemperature: 1e40 })).toBe(0); // beyond float32: without a normalizer
  });

  test('for a draw without limits as often as it falls on one of them', () => {
    const outside = distribution(logits, plain, 64)
      .slice(64)
      .reduce((sum, { probability }) => sum + probability, 0);
    expect(outside).toBeGreaterThan(0.1);
    expect(rate({})).toBeGreaterThan(outside - 0.04);
    expect(rate({})).toBeLessThan(outside + 0.04);
  });

  test('for a vocabulary that they are all of', () => {
    const small = Float32Array.of(0.5, 0.1, -3);
    const sampler = new Sampler({ vocabularySize: 3, candidateCount: 3 });
    const scores = scoresOf([small], [1], 3);
    for (let token = 0; token < 100; token += 1) {
      sampler.pick(scores, 0, { ...plain, topP: 0.99 }, token, emptyText);
      sampler.pick(scores, 0, plain, token, emptyText);
    }
    expect(sampler.fullRowCount).toBe(0);
  });
});

test('a nucleus is the fewest best that reach the share, ties by lower id', () => {
  const logits = Float32Array.of(-1, 2, 2, 2, 2, -0, 0);
  const kept = (topP: number, candidateCount: number) => {
    const sampler = new Sampler({ vocabularySize: 7, candidateCount });
    const how = { ...plain, topP, inverseTemperature: 1000 };
    const scores = scoresOf([logits], [how.inverseTemperature], candidateCount);
    const ids = new Set<number>();
    for (let token = 0; token < 100; token += 1)
      ids.add(sampler.pick(scores, 0, how, token, emptyText));
    return [...ids].sort();
  };
  for (const candidateCount of [1, 3, 7]) {
    expect(kept(0.5, candidateCount)).toEqual([1, 2]);
    expect(kept(0.51, candidateCount)).toEqual([1, 2, 3]);
    expect(kept(0, candidateCount)).toEqual([1]);
    expect(kept(1, candidateCount)).toEqual([1, 2, 3, 4]);
  }
});

test('a point on the boundary of two tokens is the second one', () => {
  const even = new Float32Array(8);
  const top = [even.subarray(0, 4), Int32Array.of(0, 1, 2, 3)] as const;
  for (const how of [
    plain,
    { ...plain, topK: 4 },
    { ...plain, topP: 0.5 },
    { ...plain, topK: 8 },
  ]) {
    const point = how.topK === 4 || how.topP < 1 ? 0.5 : 0.25;
    expect(new FullRow(8, 4).draw(even, ...top, 0, how, pointAt(point))).toBe(2);
    expect(new FullRow(8, 4).draw(even, ...top, 0, how, pointAt(point - 2 ** -53))).toBe(1);
  }
});

test('each row of a step is drawn from its own scores', () => {
  const logits = [Float32Array.of(9, 0, 0, 0), Float32Array.of(0, 0, 9, 0)];
  const sampler = new Sampler({ vocabularySize: 4, candidateCount: 2 });
  const scores = scoresOf(logits, [1, 1], 2);
  const greedy = { ...plain, greedy: true };
  expect([0, 1].map((row) => sampler.pick(scores, row, greedy, 0, emptyText))).toEqual([0, 2]);
});

test('a wrong normalizer costs time, not truth', () => {
  const logits = Float32Array.from({ length: 100 }, (_, id) => Math.sin(id) * 4);
  const sampler = new Sampler({ vocabularySize: 100, candidateCount: 8 });
  const scores = scoresOf([logits], [1], 8);
  scores.temperedLogNormalizers[0] = 50;
  const choices = distribution(logits, plain, 8);
  for (let token = 0; token < 200; token += 1) {
    const expected = drawnAt(choices, uniform(11, 12, 0, token));
    expect([sampler.pick(scores, 0, plain, token, emptyText)]).toEqual(expected);
  }
  expect(sampler.fullRowCount).toBe(200);
});

describe('scores that are no numbers are refused, as the fault of the model', () => {
  const pick = (logits: Float32Array, how: Partial<SamplingParameters> = {}) => {
    const sampler = new Sampler({ vocabularySize: logits.length, candidateCount: 2 });
    const scores = scoresOf([logits], [1], 2);
    for (let token = 0; token < 50; token += 1)
      sampler.pick(scores, 0, { ...plain, ...how }, token, emptyText);
  };

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d', (bad) => {
    expect(() => pick(Float32Array.of(bad, 1, 1, 1))).toThrow('finite');
    expect(() => pick(Float32Array.of(bad, 1, 1, 1), { greedy: true })).toThrow('finite');
    expect(() => pick(Float32Array.of(1, 1, 1, bad))).toThrow('finite');
  });

  test('also where only the whole row shows them', () => {
    const whole = new FullRow(4, 1);
    const logits = Float32Array.of(1, 0, Number.NaN, 0);
    for (const how of [plain, { ...plain, topP: 0.5 }, { ...plain, topK: 3 }]) {
      const draw = () =>
        whole.draw(logits, Float32Array.of(1), Int32Array.of(0), 0, how, pointAt(0.9));
      expect(draw).toThrow('finite');
    }
  });

  test('candidates that are not the best of their row are noticed', () => {
    const whole = new FullRow(3, 1);
    const draw = () =>
      whole.draw(
        Float32Array.of(1, 0, 2),
        Float32Array.of(1),
        Int32Array.of(0),
        0,
        plain,
        pointAt(0.9),
      );
    expect(draw).toThrow('the best of their row');
  });
});
