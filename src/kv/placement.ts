// Which rows a new live row may take. Live rows lie close together, because a decode step runs over
// all rows from the first live one to the last, holes included.
//
//   row       0        1        2        3        4        5
//         +--------+--------+--------+--------+--------+--------+
//         | cached |  live  |  free  |  live  |  free  | cached |
//         +--------+--------+--------+--------+--------+--------+
//                  |<------ live run ------>|
//   next   third             first             second
//
// A hole in the run is filled before the run grows, upwards before downwards. Without a live row
// every row will do.

import type { RowPool } from './rows.ts';

/** In order of preference; empty only when every row is live. */
export function placesForLive(rows: RowPool): number[] {
  const first = rows.first('live');
  const last = rows.last('live');
  if (first < 0) return Array.from({ length: rows.rowCount }, (_, row) => row);
  const holes: number[] = [];
  for (let row = first; row < last; row += 1) if (rows.state(row) !== 'live') holes.push(row);
  if (holes.length > 0) return holes;
  return [last + 1, first - 1].filter((row) => row >= 0 && row < rows.rowCount);
}

/**
 * Rows for several at once, ascending and without a gap; `most` at the most. The same order of
 * preference decides where they begin, so that they may be fewer than there are elsewhere. Without a
 * live row they are those that keep the fewest prefixes.
 */
export function placesSideBySide(rows: RowPool, most: number): number[] {
  const live = rows.first('live');
  if (live < 0) return span(emptiest(rows, Math.min(most, rows.rowCount)), most, rows);
  const last = rows.last('live');
  let hole = live;
  while (hole < last && rows.state(hole) === 'live') hole += 1;
  if (hole < last) return span(hole, most, rows);
  if (last + 1 < rows.rowCount) return span(last + 1, most, rows);
  return span(Math.max(0, live - most), Math.min(live, most), rows);
}

/** From `first` on, up to the next live row. */
function span(first: number, most: number, rows: RowPool): number[] {
  const places: number[] = [];
  for (let row = first; row < rows.rowCount && places.length < most; row += 1) {
    if (rows.state(row) === 'live') break;
    places.push(row);
  }
  return places;
}

/** Where so many rows begin that hold less than any others do. */
function emptiest(rows: RowPool, count: number): number {
  let found = 0;
  let fewest = Number.POSITIVE_INFINITY;
  for (let first = 0; first + count <= rows.rowCount; first += 1) {
    let cachedCount = 0;
    for (let row = first; row < first + count; row += 1) {
      if (rows.state(row) === 'cached') cachedCount += 1;
    }
    if (cachedCount < fewest) {
      found = first;
      fewest = cachedCount;
    }
  }
  return found;
}
