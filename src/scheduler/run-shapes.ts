// Over which rows a decode step runs where few shapes are better than small ones: on a GPU a step whose
// rows and number of rows came before is replayed, and one that is new is not. So runs grow to one of
// these sizes, and begin at one of these rows:
//
//   rows       0    4    8    12   16   20   24   28
//   decoding             x x  x  x xx
//   run                  [───────────────]               16 rows, from a multiple of 4
//
// What is between and beside the decoding rows are holes.

/** In steps of a half, later of a quarter and less: no run grows by much more than that. */
const sizes: readonly number[] = [
  1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896,
  1024,
];

/** A run of this size begins at a multiple of so many rows. */
function stepOf(size: number): number {
  return size <= 8 ? size : 2 ** Math.floor(Math.log2(size)) / 4;
}

/** The sizes that runs have over so many rows. */
export function runSizes(rowCount: number): number[] {
  return [...sizes.filter((size) => size < rowCount), rowCount];
}

/** Of the smallest run that there is around `count` rows from `firstRow` on. */
export function runSize(firstRow: number, count: number, rowCount: number): number {
  for (const size of sizes) {
    if (size >= rowCount) break;
    if (size >= count && runStart(firstRow, size, rowCount) + size >= firstRow + count) return size;
  }
  return rowCount;
}

/** Where a run of that size begins that has `firstRow` in it. */
export function runStart(firstRow: number, size: number, rowCount: number): number {
  return Math.min(firstRow - (firstRow % stepOf(size)), rowCount - size);
}
