// Progress, on a terminal and elsewhere.

import { expect, test } from 'vitest';
import { Progress } from '../../src/cli/progress.ts';

const wipe = '\x1b[K';

function shown(isTTY: boolean, act: (progress: Progress) => void): string {
  let written = '';
  let now = 0;
  const output = { isTTY, write: (text: string) => (written += text) };
  // More than it takes to be drawn again.
  const progress = new Progress(output, () => (now += 100));
  act(progress);
  progress.end();
  // What a longer line before has left is wiped out.
  if (isTTY) expect(written).toContain(wipe);
  return written.replaceAll(wipe, '');
}

test('a terminal has one line that is drawn again, and a new one for each stage', () => {
  const written = shown(true, (progress) => {
    progress.update('reading', 1, 4);
    progress.update('reading', 4, 4);
    progress.update('writing', 2, 4);
  });
  const lines = written.split('\n').map((line) => line.split('\r').filter(Boolean));
  expect(lines.map((drawn) => drawn.length)).toEqual([2, 1, 0]);
  expect(lines[0]![0]).toMatch(/^reading █{8}░{22} {2}25 %$/);
  expect(lines[0]![1]).toMatch(/^reading █{30} 100 %$/);
});

test('elsewhere each tenth has a line, with what goes with it', () => {
  const written = shown(false, (progress) => {
    for (let done = 0; done <= 40; done++) progress.update('pulling', done, 200, `${done} MB`);
  });
  expect(written).toBe('pulling   0 % 0 MB\npulling  10 % 20 MB\npulling  20 % 40 MB\n');
});

test('a note stands on a line of its own, and the bar goes on below', () => {
  const written = shown(true, (progress) => {
    progress.update('pulling', 1, 2);
    progress.note('cut; trying again');
    progress.update('pulling', 2, 2);
  });
  expect(written.split('\n').map((line) => line.replace('\r', ''))).toEqual([
    expect.stringMatching(/^pulling .* 50 %$/),
    'cut; trying again',
    expect.stringMatching(/^pulling .*100 %$/),
    '',
  ]);
});

test('a process that ends suddenly ends the line', () => {
  const before = process.listenerCount('exit');
  shown(true, (progress) => {
    progress.update('pulling', 1, 2);
    expect(process.listenerCount('exit')).toBe(before + 1);
  });
  expect(process.listenerCount('exit')).toBe(before);
});

test('a narrow terminal has a shorter bar, and no line is wider than it', () => {
  let written = '';
  const output = { isTTY: true, columns: 30, write: (text: string) => (written += text) };
  const progress = new Progress(output, () => 0);
  progress.update('pulling', 1, 1, '100.0 MB');
  expect(written).toBe(`\rpulling ██████ 100 % 100.0 MB${wipe}`);
  progress.update('pulling', 1, 1, '1000.0 of 1000.0 MB, 12.3 MB/s');
  progress.end();
  for (const line of written.replaceAll(wipe, '').split(/[\r\n]/)) {
    expect(line.length).toBeLessThan(30);
  }
});
