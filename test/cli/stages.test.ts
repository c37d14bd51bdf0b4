import { expect, test } from 'vitest';
import { Stages, shownStage } from '../../src/cli/stages.ts';

test('each stage has its own time and the memory taken up to its end', () => {
  let [now, peak] = [1000, 5e6];
  const stages = new Stages(
    () => now,
    () => peak,
  );
  stages.enter('write');
  now = 2000;
  stages.enter('write');
  [now, peak] = [3500, 7e6];
  stages.enter('verify');
  [now, peak] = [4000, 9e6];
  const [write, verify] = stages.end();
  expect(write).toEqual({ name: 'write', seconds: 2.5, peakBytes: 7e6 });
  expect(verify).toEqual({ name: 'verify', seconds: 0.5, peakBytes: 9e6 });
  expect(shownStage(write!, 250e6)).toBe('2.5 s, 100 MB/s, peak memory 7 MB');
  expect(shownStage(verify!)).toBe('0.5 s, peak memory 9 MB');
  expect(stages.end()).toHaveLength(2);
});
