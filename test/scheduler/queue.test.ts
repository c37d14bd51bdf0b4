import { expect, test } from 'vitest';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { Queue } from '../../src/scheduler/queue.ts';
import { Sequence, unsaid } from '../../src/scheduler/sequence.ts';

function sequence(id: number, priority = 0): Sequence {
  const promptIds = Int32Array.of(1, 2, 3);
  const asked = { id, promptIds, maxTokens: 5, stopIds: [], sampling: freeDraw };
  return new Sequence({ ...asked, ...unsaid, priority }, id);
}

function emptied(queue: Queue): number[] {
  const ids: number[] = [];
  while (queue.hasNext) {
    queue.checkIntegrity();
    ids.push(queue.next().id);
  }
  return ids;
}

test('the lowest priority is served first, and equals as they came', () => {
  const queue = new Queue();
  for (const [id, priority] of [0, 3, -1, 0, 3, -1].entries()) {
    queue.add(sequence(id, priority), null);
  }
  expect(queue.size).toBe(6);
  expect(emptied(queue)).toEqual([2, 5, 0, 3, 1, 4]);
});

test('forks wait behind their leader, and behind the leader of their leader', () => {
  const queue = new Queue();
  const [leader, fork, grandchild] = [0, 1, 2].map((id) => sequence(id)) as [
    Sequence,
    Sequence,
    Sequence,
  ];
  queue.add(leader, null);
  queue.add(fork, leader);
  queue.add(grandchild, fork);
  queue.checkIntegrity();
  expect(queue.next()).toBe(leader);
  expect(queue.hasNext).toBe(false);
  expect(queue.size).toBe(2);
  expect(queue.forksOf(leader)).toEqual([fork, grandchild]);
});

test('when a leader leaves, its first fork takes its place in the line and leads the others', () => {
  const queue = new Queue();
  const [leader, fork, other, later] = [0, 1, 2, 3].map((id) => sequence(id)) as Sequence[];
  queue.add(leader!, null);
  queue.add(fork!, leader!);
  queue.add(other!, leader!);
  queue.add(later!, null);
  queue.remove(leader!);
  queue.checkIntegrity();
  expect(queue.next()).toBe(fork);
  expect(queue.forksOf(fork!)).toEqual([other]);
  queue.remove(other!);
  expect(emptied(queue)).toEqual([3]);
  expect(queue.size).toBe(0);
});
