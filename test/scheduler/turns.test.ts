import { expect, test } from 'vitest';
import { Turns } from '../../src/scheduler/turns.ts';

const sequence = (turns: Turns, steps: number) =>
  Array.from({ length: steps }, () => turns.next(true, true)?.[0]).join('');

test('chunks and decode steps alternate when both have work', () => {
  expect(sequence(new Turns(1, 1), 6)).toBe('pdpdpd');
  expect(sequence(new Turns(2, 3), 11)).toBe('ppdddppdddp');
});

test('who has work alone runs alone, and yields at once', () => {
  const turns = new Turns(1, 2);
  expect(turns.next(false, false)).toBeNull();
  for (let step = 0; step < 5; step += 1) expect(turns.next(false, true)).toBe('decode');
  expect(turns.next(true, true)).toBe('prefill');
  for (let step = 0; step < 5; step += 1) expect(turns.next(true, false)).toBe('prefill');
  expect(sequence(turns, 3)).toBe('ddp');
});
