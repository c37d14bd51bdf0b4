import { expect, test } from 'vitest';
import { linePlot } from '../../bench/svg.ts';

const point = (x: number, y: number) => ({ x, y, least: y - 10, most: y + 10 });
const plot = {
  title: 'tokens & streams',
  subtitle: 'within limits',
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

test('names at the lower edge stay within the plot', () => {
  const lines = Array.from({ length: 30 }, (_, index) => {
    return { name: `low${index}`, points: [{ x: 1, y: 0, least: 0, most: 100 }] };
  });
  const heights = [
    ...linePlot({ ...plot, lines }).matchAll(/y="([\d.]+)" text-anchor="start">low/g),
  ];
  expect(heights).toHaveLength(30);
  for (const [, y] of heights) expect(Number(y)).toBeLessThanOrEqual(66 + 340 + 4);
});

test('where all values are zero there is an axis, and no number that is none', () => {
  const zero = { x: 1, y: 0, least: 0, most: 0 };
  const svg = linePlot({ ...plot, lines: [{ name: 'a', points: [zero] }] });
  expect(svg).not.toMatch(/NaN|Infinity/);
});

test('a line without points is left out, and the others keep their colours', () => {
  const svg = linePlot({ ...plot, lines: [{ name: 'none', points: [] }, plot.lines[1]!] });
  expect(svg).not.toContain('none</text>');
  expect(svg).not.toContain('d="M"');
  const [, colour] = /stroke="(#\w+)"[^>]*>\n<path d="M64 [\d.]+L590/.exec(svg)!;
  expect(linePlot(plot).split(colour!).length).toBe(svg.split(colour!).length);
});

test('the picture is as wide as its longest name and title need', () => {
  const widthOf = (svg: string) => Number(/viewBox="0 0 (\d+)/.exec(svg)![1]);
  const lines = [{ name: 'n'.repeat(60), points: plot.lines[0]!.points }];
  expect(widthOf(linePlot({ ...plot, lines }))).toBeGreaterThan(590 + 60 * 7);
  expect(widthOf(linePlot({ ...plot, title: 't'.repeat(120) }))).toBeGreaterThan(120 * 8);
});
