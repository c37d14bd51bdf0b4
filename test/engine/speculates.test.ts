import { expect, test } from 'vitest';
import type { CachePrecision, Precision } from '../../models/manifest.ts';
import { speculates } from '../../src/engine/load.ts';

const formats = (precision: Precision, cache: CachePrecision) => ({
  precision,
  cache: { precision: cache, headSize: 64, layout: 'rows' as const },
});

test.each([
  ['fp32', 'fp32', true],
  ['fp32', 'int8', true],
  ['fp16', 'fp16', false],
  ['int8', 'fp32', false],
  ['int8', 'int8', true],
] as const)('by itself, %s weights over an %s cache draft ahead: %s', (weights, cache, drafts) => {
  expect(speculates(formats(weights, cache), 'auto')).toBe(drafts);
});

test('who says on or off is obeyed', () => {
  expect(speculates(formats('int8', 'fp32'), 'on')).toBe(true);
  expect(speculates(formats('fp32', 'fp32'), 'off')).toBe(false);
});
