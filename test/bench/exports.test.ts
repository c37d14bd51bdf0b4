import { expect, test } from 'vitest';
import { readRow } from '../../bench/scenarios/exports.ts';
import { shownStage } from '../../src/cli/stages.ts';

const stage = (name: string, seconds: number, peakBytes: number) => ({ name, seconds, peakBytes });

test('the figures are those that the program prints', () => {
  const said = [
    'exporting 100 %',
    'to: 124.4 M parameters in fp32, 498 MB',
    `written in ${shownStage(stage('write', 2.5, 7e6), 250e6)}`,
    `verified in ${shownStage(stage('verify', 0.5, 9e6))}`,
    'compared with the reference: blocks 0 and 6, and all bytes; ' +
      'largest error 7.1e-7 of the largest logit',
  ].join('\n');
  expect(readRow('124M', 'fp32', said)).toEqual({
    size: '124M',
    name: 'fp32',
    written: { seconds: 2.5, megabytesPerSecond: 100, peakMegabytes: 7 },
    verified: {
      seconds: 0.5,
      peakMegabytes: 9,
      extent: 'blocks 0 and 6, and all bytes',
      largestError: '7.1e-7',
    },
  });
});

test('what only writes is not verified, and what says nothing is no measurement', () => {
  const said = `written in ${shownStage(stage('write', 2.5, 7e6), 250e6)}\n`;
  expect(readRow('124M', 'init', said).verified).toBeNull();
  expect(() => readRow('124M', 'init', 'done')).toThrow('no figures');
});
