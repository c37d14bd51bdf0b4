import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LoopDelay } from '../../src/metrics/loop-delay.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a thread that comes in time has no delay', () => {
  const delay = new LoopDelay();
  vi.advanceTimersByTime(1000);
  expect(delay.takeP99()).toBeLessThan(0.01);
  delay.stop();
});

test('a thread that is held up is late by as much, until it was asked', () => {
  const delay = new LoopDelay();
  vi.advanceTimersByTime(100);
  const held = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 20 + 35);
  vi.advanceTimersToNextTimer();
  held.mockRestore();
  expect(delay.takeP99()).toBeGreaterThan(34);
  expect(delay.takeP99()).toBe(0);
  delay.stop();
});

test('an end is an end', () => {
  const delay = new LoopDelay();
  delay.stop();
  expect(vi.getTimerCount()).toBe(0);
});
