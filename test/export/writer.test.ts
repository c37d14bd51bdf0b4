import { expect, test } from 'vitest';
import { GraphWriter } from '../../export/graph/writer.ts';

test('a tensor of which several things are made, one behind the other, is read once', () => {
  const read: string[] = [];
  const weights = {
    shape: () => [2],
    read: (name: string) => {
      read.push(name);
      return Float32Array.of(name === 'a' ? 1 : 10, 2);
    },
  };
  const writer = new GraphWriter([]);
  const made = (name: string, what: string, factor: number) => {
    const parameter = writer.parameter(name, weights);
    return writer.derived(parameter, what, { type: 'float32', shape: [2] }, (data) =>
      data.map((value) => value * factor),
    );
  };
  const values = [made('a', 'x', 2), made('a', 'y', 3), made('b', 'x', 2), made('b', 'y', 3)];
  writer.node('Sum', values, { shape: [2] });
  const { parameters } = writer.finish(new Map());
  const all = () => parameters.map((parameter) => [...parameter.read()]);
  const ofA = [
    [2, 4],
    [3, 6],
  ]; // as x, as y
  const ofB = [
    [20, 4],
    [30, 6],
  ];
  const expected = [...ofA, ...ofB];
  expect(all()).toEqual(expected);
  expect(read).toEqual(['a', 'b']);
  expect(all()).toEqual(expected);
  expect(read).toEqual(['a', 'b', 'a', 'b']);
});
