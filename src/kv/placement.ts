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
