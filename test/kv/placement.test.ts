// Where live rows may lie, in pools of any state.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placesForLive, placesSideBySide } from '../../src/kv/placement.ts';
import { RowPool, type RowState } from '../../src/kv/rows.ts';

const states = fc.array(fc.constantFrom<RowState>('free', 'live', 'cached'), {
  minLength: 1,
  maxLength: 9,
});

function poolOf(wanted: readonly RowState[]): RowPool {
  const rows = new RowPool({ rowCount: wanted.length, contextLength: 9, rowBytes: 1 });
  wanted.forEach((state, row) => {
    if (state === 'free') return;
    rows.occupy(row, row, 0);
    rows.append(row, 3);
    if (state === 'cached') rows.retire(row, 3);
  });
  return rows;
}

/** Rows between the first and the last live one that are not live. */
function holeCount(rows: RowPool): number {
  const [first, last] = [rows.first('live'), rows.last('live')];
  let count = 0;
  for (let row = first; row < last; row += 1) if (rows.state(row) !== 'live') count += 1;
  return count;
}

test('rows side by side are no longer a run than is asked, and make no hole', () => {
  fc.assert(
    fc.property(states, fc.integer({ min: 1, max: 9 }), (wanted, most) => {
      const rows = poolOf(wanted);
      const hadHoles = holeCount(rows);
      const places = placesSideBySide(rows, most);
      const room = placesForLive(rows);
      expect(places.length > 0, 'there are some where there is one').toBe(room.length > 0);
      expect(places.length).toBeLessThanOrEqual(most);
      places.forEach((row, index) => {
        expect(row, 'they are neighbours').toBe(places[0]! + index);
        expect(rows.state(row)).not.toBe('live');
        rows.occupy(row, 100 + row, 0);
      });
      expect(holeCount(rows)).toBe(hadHoles === 0 ? 0 : hadHoles - places.length);
    }),
  );
});

test('one row side by side with none is the row that one would get, where rows live', () => {
  fc.assert(
    fc.property(states, (wanted) => {
      fc.pre(wanted.includes('live'));
      const rows = poolOf(wanted);
      expect(placesSideBySide(rows, 1)).toEqual(placesForLive(rows).slice(0, 1));
    }),
  );
});

test('without a live row they keep less than any others', () => {
  fc.assert(
    fc.property(states, fc.integer({ min: 1, max: 9 }), (wanted, most) => {
      const rows = poolOf(wanted.map((state) => (state === 'live' ? 'free' : state)));
      const count = Math.min(most, rows.rowCount);
      const keptFrom = (first: number) => {
        const all = Array.from({ length: count }, (_, index) => rows.state(first + index));
        return all.filter((state) => state === 'cached').length;
      };
      const places = placesSideBySide(rows, most);
      expect(places).toHaveLength(count);
      for (let first = 0; first + count <= rows.rowCount; first += 1) {
        expect(keptFrom(places[0]!)).toBeLessThanOrEqual(keptFrom(first));
      }
    }),
  );
});
