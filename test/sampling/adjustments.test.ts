import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Adjuster } from '../../src/sampling/adjuster.ts';
import { Candidates, undecided } from '../../src/sampling/candidates.ts';
import { NothingToChoose, ScoresNotFinite } from '../../src/sampling/failures.ts';
import { FullRow } from '../../src/sampling/full-row.ts';
import { freeDraw, noAdjustments, type ScoreAdjustments } from '../../src/sampling/parameters.ts';
import { Ranking } from '../../src/sampling/ranking.ts';
import { Sampler } from '../../src/sampling/sampler.ts';
import { distribution, drawnAt, scoresOf } from '../reference/sampler.ts';
import { adjust, emptyText, textOf } from '../reference/sampler-adjustments.ts';
import { adjustedCases, candidateLimit, parameters, point } from './arbitraries.ts';
import { pointAt, uniform } from './uniform.ts';

describe('the fast way gives what the obvious way gives', () => {
  test('for any row, text, adjustments, filters and seed', () => {
    let decided = 0;
    let fellBack = 0;
    fc.assert(
      fc.property(
        adjustedCases,
        parameters,
        fc.boolean(),
        candidateLimit,
        (some, filters, ...more) => {
          const { logits, adjustments, text } = some;
          const [greedy, limit] = more;
          const inverseTemperature = greedy ? 1 : filters.inverseTemperature;
          const how = { ...filters, greedy, inverseTemperature, adjustments };
          const candidateCount = Math.min(limit, logits.length);
          const sampler = new Sampler({ vocabularySize: logits.length, candidateCount });
          const scores = scoresOf([logits], [inverseTemperature], candidateCount);
          const pick = () => sampler.pick(scores, 0, how, text.generatedCount, text);
          if (adjust(logits, adjustments, text).every((score) => score === -Infinity)) {
            expect(pick).toThrow(NothingToChoose);
            return;
          }
          const unfiltered = { ...freeDraw, adjustments };
          const at = uniform(how.seedLow, how.seedHigh, how.sampleIndex, text.generatedCount);
          const expected = greedy
            ? distribution(logits, unfiltered, candidateCount, text)
                .slice(0, 1)
                .map(({ id }) => id)
            : drawnAt(distribution(logits, how, candidateCount, text), at);
          expect(expected).toContain(pick());
          expect(sampler.fullRowCount).toBe(scores.rowsRead);
          if (scores.rowsRead > 0) fellBack += 1;
          else decided += 1;
        },
      ),
      { numRuns: 4000 },
    );
    expect(Math.min(decided, fellBack), 'both ways were tried').toBeGreaterThan(500);
  });

  test('at any point from 0 to just below 1, each way by itself', () => {
    let decided = 0;
    fc.assert(
      fc.property(adjustedCases, parameters, candidateLimit, point, (some, filters, limit, at) => {
        const { logits, adjustments, text } = some;
        const row = adjust(logits, adjustments, text);
        fc.pre(row.some((score) => score !== -Infinity));
        const candidateCount = Math.min(limit, logits.length);
        const how = { ...filters, adjustments };
        const { inverseTemperature } = how;
        const expected = drawnAt(distribution(logits, how, candidateCount, text), at);

        const adjuster = new Adjuster(logits.length);
        adjuster.prepare(adjustments, text);
        const adjusted = adjuster.adjustedRow(logits);
        expect(adjusted).toEqual(row);
        const best = row.reduce((a, b) => Math.max(a, b));
        const whole = new FullRow(logits.length, candidateCount);
        expect(expected).toContain(whole.drawBestFirst(adjusted, best, how, pointAt(at)));

        const scores = scoresOf([logits], [inverseTemperature], candidateCount);
        const ranking = new Ranking(logits.length, candidateCount);
        ranking.showAdjusted(scores, 0, how, adjuster);
        if (ranking.count === 0) return;
        const total = row.reduce((sum, x) => sum + Math.exp((x - best) * inverseTemperature), 0);
        expect(ranking.totalLow).toBeLessThanOrEqual(total * (1 + 1e-12));
        expect(ranking.totalHigh).toBeGreaterThanOrEqual(total * (1 - 1e-12));
        const place = new Candidates(candidateCount).draw(ranking, how, pointAt(at));
        if (place === undecided) return;
        expect(expected).toContain(ranking.ids[place]);
        decided += 1;
      }),
      { numRuns: 4000 },
    );
    expect(decided).toBeGreaterThan(500);
  });
});

/** All of a row as adjusted for the next token. */
function adjustedRow(logits: number[], how: Partial<ScoreAdjustments>, text = emptyText): number[] {
  const adjuster = new Adjuster(logits.length);
  adjuster.prepare({ ...noAdjustments, ...how }, text);
  return [...adjuster.adjustedRow(Float32Array.from(logits))];
}

const none = Number.NEGATIVE_INFINITY;

describe('scores are adjusted', () => {
  test('by the repetition penalty once, wherever and however often a token stands', () => {
    const text = textOf([0, 1, 1], [2, 2, 1]);
    const row = adjustedRow([3, -1, 0, 3, -1], { repetitionPenalty: 1.5 }, text);
    expect(row).toEqual([2, -1.5, 0, 3, -1]);
  });

  test('by the presence penalty once, and only for what was generated', () => {
    const text = textOf([0, 1], [1, 2, 2]);
    expect(adjustedRow([1, 1, 1, 1], { presencePenalty: 0.5 }, text)).toEqual([1, 0.5, 0.5, 1]);
  });

  test('by the frequency penalty as often as a token was generated', () => {
    const text = textOf([0, 1], [1, 2, 2]);
    expect(adjustedRow([1, 1, 1, 1], { frequencyPenalty: 0.5 }, text)).toEqual([1, 0.5, 0, 1]);
    expect(adjustedRow([1, 1, 1, 1], { frequencyPenalty: -1 }, text)).toEqual([1, 2, 3, 1]);
  });

  test('by biases, before penalties', () => {
    const how = {
      biasIds: Int32Array.of(2, 0),
      biases: Float32Array.of(3, -4),
      repetitionPenalty: 2,
      frequencyPenalty: 0.25,
    };
    expect(adjustedRow([1, 1, -1], how, textOf([0], [2]))).toEqual([-6, 1, 0.75]);
  });

  test('never to anything but a number, however large the adjustment', () => {
    const text = textOf([0, 1], []);
    const [above, below] = adjustedRow([9, -9], { repetitionPenalty: 1e-300 }, text);
    expect([above, below]).toEqual([Math.fround(3.4028234663852886e38), -0]);
    const far = adjustedRow([9, -9], { repetitionPenalty: 1e300 }, text);
    expect(far.every(Number.isFinite)).toBe(true);
  });
});

describe('tokens are excluded', () => {
  test('that are not among the allowed', () => {
    const allowedIds = Int32Array.of(2, 0, 2);
    expect(adjustedRow([1, 2, 3, 4], { allowedIds })).toEqual([1, none, 3, none]);
  });

  test('that would complete a banned sequence, begun in the prompt or not', () => {
    const bannedSequences = [
      Int32Array.of(1, 2, 0),
      Int32Array.of(2, 3),
      Int32Array.of(0, 2, 1),
      Int32Array.of(4),
    ];
    const ids = (prompt: number[], text: number[]) =>
      adjustedRow([9, 9, 9, 9, 9], { bannedSequences }, textOf(prompt, text)).flatMap(
        (score, id) => (score === none ? [id] : []),
      );
    expect(ids([1, 2], [])).toEqual([0, 3, 4]);
    expect(ids([1], [2])).toEqual([0, 3, 4]);
    expect(ids([3], [1, 2])).toEqual([0, 3, 4]);
    expect(ids([2, 1], [])).toEqual([4]);
    expect(ids([2], [])).toEqual([3, 4]); // longer than what stands before
    expect(ids([], [])).toEqual([4]);
  });

  test('that would end the text before it has its minimum', () => {
    const how = { minTokens: 2, idsAfterMinimum: Int32Array.of(1) };
    expect(adjustedRow([1, 2, 3], how, textOf([0, 0, 0], [0]))).toEqual([1, none, 3]);
    expect(adjustedRow([1, 2, 3], how, textOf([], [0, 0]))).toEqual([1, 2, 3]);
  });

  test('whatever bias they have', () => {
    const how = {
      allowedIds: Int32Array.of(0),
      biasIds: Int32Array.of(1),
      biases: Float32Array.of(100),
    };
    expect(adjustedRow([1, 2], how)).toEqual([1, none]);
  });

  test('but not all of them: then nothing is chosen, and the error says why', () => {
    const all = {
      allowedIds: Int32Array.of(1, 2),
      bannedSequences: [Int32Array.of(1)],
      minTokens: 1,
      idsAfterMinimum: Int32Array.of(2),
    };
    expect(() => adjustedRow([1, 2, 3], all)).toThrow(NothingToChoose);
    expect(() => adjustedRow([1, 2, 3], all)).toThrow('allowed tokens, banned sequences');
  });
});

describe('the candidates suffice', () => {
  const logits = Float32Array.from({ length: 2000 }, (_, id) => 10 - 2 * Math.log(id + 1));
  const text = textOf([5, 900], [0, 0, 3, 1200]);
  const rowsRead = (how: Partial<ScoreAdjustments>, filters = {}) => {
    const adjustments = { ...noAdjustments, ...how };
    const parameters = { ...freeDraw, ...filters, adjustments };
    const sampler = new Sampler({ vocabularySize: 2000, candidateCount: 64 });
    const scores = scoresOf([logits], [1], 64);
    for (let token = 0; token < 500; token += 1) sampler.pick(scores, 0, parameters, token, text);
    return sampler.fullRowCount;
  };
  const penalties = { repetitionPenalty: 1.2, frequencyPenalty: 0.4, presencePenalty: 0.2 };

  test('for the best one, where scores are only taken down', () => {
    expect(rowsRead(penalties, { greedy: true })).toBe(0);
    expect(rowsRead({ bannedSequences: [Int32Array.of(0)] }, { greedy: true })).toBe(0);
  });

  test('for filters that end among those still on top', () => {
    expect(rowsRead(penalties, { topK: 40 })).toBe(0);
    expect(rowsRead(penalties, { topK: 40, topP: 0.9, typicalP: 0.5 })).toBe(0);
    expect(rowsRead(penalties, { minP: 0.05 })).toBe(0);
    expect(rowsRead(penalties, { topP: 0.8 })).toBeLessThan(25);
  });

  test('for the few that are allowed', () => {
    expect(rowsRead({ allowedIds: Int32Array.of(3, 17, 40) })).toBe(0);
  });

  test('not where somebody could be lifted from behind', () => {
    const biased = { biasIds: Int32Array.of(7), biases: Float32Array.of(0.1) };
    expect(rowsRead(biased, { greedy: true })).toBe(500);
    expect(rowsRead({ presencePenalty: -0.1 }, { topK: 5 })).toBe(500);
    expect(rowsRead({ repetitionPenalty: 0.9 }, { topK: 5 })).toBe(500);
  });
});

test('a candidate taken down to a tie with one unseen is behind it, if its id is', () => {
  const logits = Float32Array.of(3, 3, 3, 5);
  const sampler = new Sampler({ vocabularySize: 4, candidateCount: 2 });
  const scores = scoresOf([logits], [1], 2);
  const adjustments = { ...noAdjustments, presencePenalty: 2 };
  const how = { ...freeDraw, topK: 2, adjustments };
  const ids = new Set<number>();
  for (let token = 0; token < 50; token += 1) {
    ids.add(sampler.pick(scores, 0, how, token, textOf([], [3])));
  }
  expect([...ids].sort()).toEqual([0, 1]);
});

test('adjustments that change nothing change nothing', () => {
  const logits = Float32Array.from({ length: 200 }, (_, id) => Math.sin(id) * 4);
  const scores = scoresOf([logits], [1], 8);
  for (const filters of [{ greedy: true }, { topK: 5 }, { topP: 0.9 }, { minP: 0.1 }]) {
    const [plain, adjusted] = [null, noAdjustments].map((adjustments) => {
      const sampler = new Sampler({ vocabularySize: 200, candidateCount: 8 });
      const how = { ...freeDraw, ...filters, adjustments };
      return Array.from({ length: 100 }, (_, token) =>
        sampler.pick(scores, 0, how, token, textOf([1, 2], [3])),
      );
    });
    expect(adjusted).toEqual(plain);
  }
});

test('scores that are no numbers are noticed where the whole row is adjusted', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    expect(() => adjustedRow([1, bad, 0], {})).toThrow(ScoresNotFinite);
  }
});
