import { expect, test } from 'vitest';
import { lacksVnni, slowProducts } from '../../src/cli/int8-products.ts';

const x86 = (flags: string) =>
  `processor\t: 0\nmodel name\t: Some processor, avx_vnni in its name\nflags\t\t: fpu sse4_1 ${flags}\n` +
  'bugs\t\t: spectre_v1\n\nprocessor\t: 1\n';

test.each([
  ['AVX2 alone', x86('avx avx2 fma'), true],
  ['AVX-512 without VNNI', x86('avx2 avx512f avx512bw avx512vl'), true],
  ['an extension that is not it', x86('avx2 avx_vnni_int8'), true],
  ['AVX512-VNNI', x86('avx2 avx512f avx512_vnni avx512_bitalg'), false],
  ['AVX-VNNI at the end of the line', x86('avx2 avx_vnni'), false],
  ['ARM', 'processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\n', false],
  ['nothing', '', false],
])('of %s it is known whether VNNI is missing', (_, cpuInfo, isMissing) => {
  expect(lacksVnni(cpuInfo)).toBe(isMissing);
});

test('float16 weights are for other devices', () => {
  expect(slowProducts('fp16')).toMatch(/fp16 is for CUDA.*int8 is faster/);
});

test('float32 weights are fine everywhere', () => {
  expect(slowProducts('fp32')).toBeNull();
});
