import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shownShare, shownSpread, table, writeText } from '../../bench/report.ts';
import { spread } from '../../src/load/statistics.ts';

test('a spread is shown as its median and its ends, where they differ as shown', () => {
  expect(shownSpread(spread([3, 1, 2]))).toBe('2 (1..3)');
  expect(shownSpread(spread([2.04, 2.01]), 1)).toBe('2.0');
});

test('a share is shown in whole percent, and one that is not known not at all', () => {
  expect([shownShare(0.126), shownShare(null)]).toEqual(['13 %', '']);
});

test('columns of a table are as wide as their widest cell', () => {
  const rows = [
    ['a', 'long'],
    ['10', '2'],
  ];
  expect(table(rows)).toBe(' a  long\n10     2');
});

test('nothing is made where no file is named for it', () => {
  writeText('', () => {
    throw new Error('made');
  });
  expect(existsSync('')).toBe(false);
});
