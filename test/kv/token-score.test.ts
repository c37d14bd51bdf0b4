import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  flattened,
  narrowed,
  ScoreList,
  scoreAt,
  type TokenScore,
} from '../../src/kv/token-score.ts';
import { listed, narrowedList } from '../reference/token-scores.ts';

const token: fc.Arbitrary<TokenScore> = fc
  .array(fc.tuple(fc.nat(50_256), fc.float({ max: 0, noNaN: true })), { maxLength: 6 })
  .chain((alternatives) =>
    fc.float({ max: 0, noNaN: true }).map((logprob) => ({
      logprob,
      topIds: Int32Array.from(alternatives, ([id]) => id),
      topLogprobs: Float32Array.from(alternatives, ([, logprob]) => logprob),
    })),
  );
const tokens = fc.array(token, { maxLength: 12 });
const asked = fc.option(fc.nat(7));

describe('flat scores say what a list of them says', () => {
  test('of tokens with and without a score', () => {
    fc.assert(
      fc.property(fc.array(fc.option(token)), (list) => {
        const flat = flattened(list);
        expect(list.map((_, index) => scoreAt(flat, index))).toEqual(list);
        expect(scoreAt(flat, -1)).toBeNull();
        expect(scoreAt(flat, list.length)).toBeNull();
      }),
    );
  });

  test('narrowed', () => {
    fc.assert(
      fc.property(tokens, asked, (list, count) => {
        expect(listed(narrowed(flattened(list), count))).toEqual(narrowedList(list, count));
      }),
    );
  });

  test('grown piece by piece, of which the beginnings count', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(tokens, fc.nat(15))),
        fc.nat(7),
        fc.nat(99),
        (parts, n, most) => {
          const grown = new ScoreList();
          for (const [part, count] of parts) grown.append(flattened(part), count);
          const list = parts.flatMap(([part, count]) => part.slice(0, count));
          const poor = list.slice(0, most).findIndex(({ topIds }) => topIds.length < n);
          expect(listed(grown.all)).toEqual(list);
          expect(grown.length).toBe(list.length);
          expect(grown.width).toBe(Math.max(0, ...list.map(({ topIds }) => topIds.length)));
          expect(grown.lengthWith(n, most)).toBe(poor < 0 ? Math.min(most, list.length) : poor);
        },
      ),
    );
  });
});
