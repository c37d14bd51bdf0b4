import { expect, test } from 'vitest';
import { linePlot } from '../../bench/svg.ts';

const point = (x: number, y: number) => ({ x, y, least: y - 10, most: y + 10 });
const plot = {
  title: 'tokens & streams',
  xLabel: 'streams',
  yLabel: 'tokens/s',
  lines: [
    { name: 'a<b', points: [point(1, 100), point(2, 180), point(4, 300)] },
    { name: 'other', points: [point(1, 90), point(4, 290)] },
  ],
};

test('each line has a path through its points, a mark and a spread for each, and its name', () => {
  const svg = linePlot(plot);
  expect(svg.match(/<circle /g)).toHaveLength(5);
  expect(svg).toContain('a&lt;b');
  expect(svg).toContain('tokens &amp; streams');
  expect(svg).toMatch(/<path d="M64 [\d.]+L327 [\d.]+L590 [\d.]+"\/>/);
});

test('streams are spaced by their ratio, and more tokens stand higher', () => {
  const marks = [...linePlot(plot).matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)];
  const [first, second, third] = marks.map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
  expect(second!.x - first!.x).toBeCloseTo(third!.x - second!.x, 0);
  expect(second!.y).toBeLessThan(first!.y);
  expect(third!.y).toBeLessThan(second!.y);
});

test('the names of lines that end together do not stand on one another', () => {
  const lines = ['a', 'b', 'c'].map((name) => ({ name, points: [point(1, 100)] }));
  const svg = linePlot({ ...plot, lines });
  const heights = [...svg.matchAll(/y="([\d.]+)" text-anchor="start">[abc]</g)].map(([, y]) =>
    Number(y),
  );
  expect(heights).toHaveLength(3);
  expect(heights[1]! - heights[0]!).toBeGreaterThanOrEqual(16);
  expect(heights[2]! - heights[1]!).toBeGreaterThanOrEqual(16);
});

test('a plot of nothing is refused', () => {
  expect(() => linePlot({ ...plot, lines: [] })).toThrow('a plot needs a point');
});
