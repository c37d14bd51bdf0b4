import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplayedShapes } from '../../src/model/replayed-shapes.ts';

test('a shape is captured when it has come again often enough, and replayed ever after', () => {
  const shapes = new ReplayedShapes(3);
  const found = Array.from({ length: 7 }, () => shapes.use(70));
  expect(found).toEqual([null, null, null, null, 1, 1, 1]);
});

test('a shape that is added is replayed from its first use', () => {
  const shapes = new ReplayedShapes(3);
  expect([shapes.add(5), shapes.add(6), shapes.add(5)]).toEqual([1, 2, 1]);
  expect(shapes.use(6)).toBe(2);
});

test('after a failed capture nothing is captured or replayed', () => {
  const shapes = new ReplayedShapes(3);
  shapes.add(5);
  shapes.close();
  expect([shapes.add(6), ...Array.from({ length: 9 }, () => shapes.use(5))]).toEqual(
    new Array(10).fill(null),
  );
});

test('a graph is one shape only, for good, and there are never more than may be', () => {
  fc.assert(
    fc.property(fc.nat(5), fc.array(fc.nat(12), { maxLength: 300 }), (most, uses) => {
      const shapes = new ReplayedShapes(most);
      const graphs = new Map<number, number>();
      for (const shape of uses) {
        const graph = shapes.use(shape);
        expect(graph).toBe(graphs.get(shape) ?? graph);
        if (graph === null) continue;
        graphs.set(shape, graph);
        expect(graph).toBeGreaterThan(0);
        expect(graph).toBeLessThanOrEqual(most);
      }
      expect(new Set(graphs.values()).size).toBe(graphs.size);
      expect(shapes.graphCount).toBeLessThanOrEqual(most);
    }),
  );
});
