import { describe, expect, test } from 'vitest';
import { RowCache, type RowCopy } from '../../src/kv/row-cache.ts';
import { RowPool } from '../../src/kv/rows.ts';
import { flattened, ScoreList } from '../../src/kv/token-score.ts';

const contextLength = 12;

function start(rowCount: number, reusesPrefixes = true) {
  const rows = new RowPool({ rowCount, contextLength, rowBytes: 1 });
  const cache = new RowCache(rows, reusesPrefixes);
  let nextOwner = 0;
  /** Opens a row for a prompt and books all of it as computed. */
  const open = (text: string, { salt = '', scoredCount = null as number | null } = {}) => {
    const ids = Int32Array.from(text, (letter) => letter.charCodeAt(0));
    const scores = new ScoreList();
    const copies: RowCopy[] = [];
    const row = cache.open(nextOwner++, { ids, salt, scores }, scoredCount, copies);
    const reused = rows.tokenCount(row);
    const inherited = scores.length;
    rows.append(row, ids.length - reused);
    if (scoredCount !== null) {
      for (let index = scores.length + 1; index < ids.length; index += 1) {
        const topLogprobs = new Float32Array(scoredCount).fill(-1);
        const topIds = new Int32Array(scoredCount);
        scores.append(flattened([{ logprob: -index, topIds, topLogprobs }]));
      }
    }
    cache.checkIntegrity();
    return { row, reused, inherited, copies };
  };
  const close = (row: number) => {
    cache.close(row);
    cache.checkIntegrity();
  };
  return { rows, cache, open, close };
}

describe('what is reused', () => {
  test('is the longest common beginning, less the two tokens that are always computed', () => {
    const { open, close } = start(4);
    close(open('abcdef').row);
    expect(open('abcxyz').reused).toBe(3);
    expect(open('abcdef').reused).toBe(4);
    expect(open('abcdefgh').reused).toBe(6);
    expect(open('xabcdef').reused).toBe(0);
  });

  test('is found in live rows too', () => {
    const { open } = start(4);
    open('abcdef');
    expect(open('abcxyz')).toEqual({
      row: 1,
      reused: 3,
      inherited: 0,
      copies: [{ fromRow: 0, toRow: 1, tokenCount: 3 }],
    });
  });

  test('is only what was prefilled, never what was generated', () => {
    const { rows, open, close } = start(2);
    const { row } = open('abcd');
    rows.append(row, 5);
    close(row);
    expect(rows.tokenCount(row)).toBe(4);
    expect(open('abcd?????').reused).toBe(4);
  });

  test('is not a prompt of one token, which another kernel computed', () => {
    const { rows, open, close } = start(2);
    close(open('a').row);
    expect(rows.cachedRowCount).toBe(0);
    open('a');
    expect(open('abcd').reused).toBe(0);
  });

  test('stays among those with the same salt', () => {
    const { open, close } = start(4);
    close(open('abcdef', { salt: 'mine' }).row);
    expect(open('abcdef', { salt: 'yours' }).reused).toBe(0);
    expect(open('abcdef').reused).toBe(0);
    expect(open('abcdef', { salt: 'mine' }).reused).toBe(4);
  });

  test('is nothing where reuse is off, or all was forgotten', () => {
    const off = start(2, false);
    off.close(off.open('abcdef').row);
    expect(off.rows.cachedRowCount).toBe(0);
    expect(off.open('abcdef').reused).toBe(0);
    const on = start(4);
    on.close(on.open('abcdef').row);
    const { row } = on.open('uvwxyz');
    on.cache.forget();
    expect(on.rows.cachedRowCount).toBe(0);
    expect(on.open('uvwxyz').reused).toBe(0);
    expect(on.open('abcdef').reused).toBe(0);
    on.close(row);
    expect(on.rows.cachedRowCount).toBe(0);
  });

  test('is counted', () => {
    const { cache, open, close } = start(4);
    close(open('abcdef').row);
    open('abcxyz');
    expect([cache.queriedTokenCount, cache.hitTokenCount]).toEqual([12, 3]);
  });
});

describe('a scored prompt reuses', () => {
  test('nothing of an unscored one, nor of one with fewer alternatives', () => {
    const { open, close } = start(4);
    close(open('abcdef').row);
    close(open('uvwxyz', { scoredCount: 2 }).row);
    expect(open('abcdef', { scoredCount: 0 }).reused).toBe(0);
    expect(open('uvwxyz', { scoredCount: 3 }).reused).toBe(0);
  });

  test('tokens whose successors were scored as the same tokens', () => {
    const { open, close } = start(4);
    close(open('abcdef', { scoredCount: 2 }).row);
    expect(open('abcdxx', { scoredCount: 2 })).toMatchObject({ reused: 3, inherited: 3 });
    expect(open('abcdef', { scoredCount: 1 })).toMatchObject({ reused: 4, inherited: 4 });
    expect(open('abcdxx')).toMatchObject({ reused: 4, inherited: 3 });
  });
});

describe('where a prompt goes', () => {
  test('into the row that keeps its beginning, where that lies well', () => {
    const { open, close } = start(4);
    const first = open('abcdefgh').row;
    open('uvwxyz');
    close(first);
    expect(open('abcdefgxx')).toEqual({ row: first, reused: 7, inherited: 0, copies: [] });
  });

  test('elsewhere, where most of what a row keeps would be lost', () => {
    const { open, close } = start(4);
    close(open('abcdefghij').row);
    expect(open('abxxxx')).toMatchObject({
      row: 1,
      reused: 2,
      copies: [{ fromRow: 0, toRow: 1, tokenCount: 2 }],
    });
    expect(open('abcdefghij').reused).toBe(8);
  });

  test('beside the live ones; what is kept there goes to the place of the oldest', () => {
    const { rows, open, close } = start(4);
    const [a, b, c, d] = ['aaaaaa', 'bbbbbb', 'cccccc', 'dddddd'].map((text) => open(text).row);
    for (const row of [d!, a!, b!]) close(row); // d is the oldest; c lives on
    expect([a, b, c, d]).toEqual([0, 1, 2, 3]);
    expect(open('eeeeee')).toMatchObject({ row: 3, copies: [] });
    close(c!);
    expect(open('ffffff')).toMatchObject({
      row: 2,
      copies: [{ fromRow: 2, toRow: 0, tokenCount: 6 }],
    });
    expect(open('gggggg')).toMatchObject({ row: 1, copies: [] });
    expect(open('cccccc')).toMatchObject({ row: 0, reused: 4, copies: [] });
    expect(rows.usedRowCount).toBe(4);
  });

  test('nothing is kept twice', () => {
    const { rows, open, close } = start(4);
    const twins = [open('abcdef').row, open('abcdef').row];
    for (const row of twins) close(row);
    expect(rows.cachedRowCount).toBe(1);
  });

  test('a full row is kept but for its last token', () => {
    const { rows, open, close } = start(2);
    const { row } = open('abcdefghijkl');
    expect(rows.tokenCount(row)).toBe(contextLength);
    close(row);
    expect([rows.state(row), rows.tokenCount(row)]).toEqual(['cached', contextLength - 1]);
    expect(open('abcdefghijkl').reused).toBe(contextLength - 2);
  });

  test('what a failed step was to copy is given up', () => {
    const { rows, cache, open, close } = start(3);
    const [a, b] = ['aaaaaa', 'bbbbbb', 'cccccc'].map((text) => open(text).row);
    for (const row of [a!, b!]) close(row);
    const { row, copies } = open('dddddd'); // c lives on at the upper end
    expect(copies).toEqual([{ fromRow: b, toRow: a, tokenCount: 6 }]);
    cache.discard(row);
    cache.undo(copies);
    cache.checkIntegrity();
    expect([rows.usedRowCount, rows.cachedRowCount, rows.freeRowCount]).toEqual([1, 0, 2]);
  });
});

describe('rows side by side', () => {
  /** Opens rows for several prompts at once. */
  function openTogether({ rows, cache }: ReturnType<typeof start>, ...texts: string[]) {
    const copies: RowCopy[] = [];
    const openings = texts.map((text, index) => {
      const ids = Int32Array.from(text, (letter) => letter.charCodeAt(0));
      return { owner: 100 + index, prompt: { ids, salt: '', scores: new ScoreList() } };
    });
    const firstRow = cache.openSideBySide(openings, copies);
    texts.forEach((text, index) => {
      rows.append(firstRow + index, text.length);
    });
    cache.checkIntegrity();
    return { firstRow, copies };
  }

  test('hold their prompts in order, and nothing else', () => {
    const scene = start(4);
    expect(openTogether(scene, 'abc', 'abcd')).toEqual({ firstRow: 0, copies: [] });
    expect([0, 1].map((row) => scene.rows.owner(row))).toEqual([100, 101]);
    expect(scene.open('abcdef')).toMatchObject({ reused: 4 });
    expect([scene.cache.queriedTokenCount, scene.cache.hitTokenCount]).toEqual([13, 4]);
  });

  test('lie where the fewest prefixes are kept, when nobody lives', () => {
    const scene = start(5);
    const opened = ['aaa', 'bbb', 'ccc', 'ddd'].map((text) => scene.open(text).row);
    for (const row of opened) scene.close(row);
    scene.cache.prefixes.use(0);
    expect(openTogether(scene, 'xxx', 'yyy')).toEqual({
      firstRow: 3,
      copies: [{ fromRow: 3, toRow: 1, tokenCount: 3 }], // in the place of the oldest
    });
  });

  test('take the place of the oldest prefixes, and copy no row twice', () => {
    const scene = start(5);
    const opened = ['aaa', 'bbb', 'ccc', 'ddd', 'eee'].map((text) => scene.open(text).row);
    for (const row of [4, 1, 0, 3]) scene.close(opened[row]!); // 2 lives on
    expect(scene.cache.roomSideBySide(5)).toBe(2);
    const { firstRow, copies } = openTogether(scene, 'xxx', 'yyy');
    expect(firstRow).toBe(3);
    expect(copies).toEqual([{ fromRow: 3, toRow: 1, tokenCount: 3 }]);
    expect(scene.cache.prefixes.at(0)).not.toBeNull();
    expect(scene.cache.prefixes.at(1)!.ids[0]).toBe('d'.charCodeAt(0));
  });

  test('fill a hole first, then grow the run upwards, then downwards', () => {
    const scene = start(6);
    const opened = ['aaa', 'bbb', 'ccc', 'ddd'].map((text) => scene.open(text).row);
    for (const row of [1, 2]) scene.close(opened[row]!);
    expect(scene.cache.roomSideBySide(6)).toBe(2);
    expect(scene.cache.roomSideBySide(1)).toBe(1);
    expect(openTogether(scene, 'xxx', 'yyy').firstRow).toBe(1);
    expect(scene.cache.roomSideBySide(6)).toBe(2);
    scene.close(opened[0]!);
    expect(openTogether(scene, 'xxx', 'yyy').firstRow).toBe(4);
    expect(scene.cache.roomSideBySide(6)).toBe(1);
    expect(openTogether(scene, 'xxx').firstRow).toBe(0);
    expect(scene.cache.roomSideBySide(6)).toBe(0);
  });
});
