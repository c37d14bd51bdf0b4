import { expect, test } from 'vitest';
import { ArtifactError } from '../../models/errors.ts';
import { publishedSizes } from '../../models/gpt2/config.ts';
import { signature, signatureVersion } from '../../models/gpt2/signature.ts';
import {
  cachePrecisionsWith,
  type Manifest,
  parseManifest,
  precisions,
  signatureSizes,
} from '../../models/manifest.ts';

const manifest: Manifest = {
  format: 'kvasir-artifact',
  signatureVersion,
  config: publishedSizes['124M'],
  parameterCount: 124_439_808,
  precision: 'fp32',
  cache: { precision: 'fp32', headSize: 64, layout: 'rows' },
  candidateCount: 64,
  tokenizer: 'gpt2',
  files: [
    { name: 'model.onnx', bytes: 33_351, sha256: 'a'.repeat(64) },
    { name: 'model.onnx.data', bytes: 497_869_824, sha256: '0'.repeat(64) },
  ],
};

const int8Manifest: Manifest = {
  ...manifest,
  precision: 'int8',
  cache: { precision: 'int8', headSize: 64, layout: 'rows' },
};

function changed(path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(manifest) as unknown as Record<string | number, unknown>;
  let target = copy;
  for (const key of path.slice(0, -1)) target = target[key] as typeof copy;
  target[path.at(-1)!] = value;
  return copy;
}

test('a manifest survives being written and read', () => {
  expect(parseManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
});

test('it says the sizes of the signature', () => {
  const { inputs, outputs } = signature(signatureSizes(manifest));
  expect(inputs.at(-1)).toEqual({
    name: 'past_value_11',
    type: 'float32',
    shape: ['batch', 12, 1024, 64],
  });
  expect(outputs).toHaveLength(5 + 24);
});

test('an int8 cache is typed int8, on both sides, and nothing else is', () => {
  const { inputs, outputs } = signature(signatureSizes(int8Manifest));
  const ports = [...inputs, ...outputs];
  const isCache = (name: string) => /^(past|present)_(key|value)_\d+$/.test(name);
  expect(ports.filter(({ type }) => type === 'int8')).toHaveLength(4 * 12);
  for (const { name, type } of ports) expect(type === 'int8', name).toBe(isCache(name));
});

test('the formats of weights and of the cache are chosen apart, but for fp16', () => {
  expect(parseManifest(structuredClone(int8Manifest))).toEqual(int8Manifest);
  for (const precision of precisions) {
    for (const cachePrecision of cachePrecisionsWith(precision)) {
      const cache = { precision: cachePrecision, headSize: 64, layout: 'rows' };
      const parsed = parseManifest({ ...manifest, precision, cache });
      expect([parsed.precision, parsed.cache.precision]).toEqual([precision, cachePrecision]);
      const types = { fp32: 'float32', fp16: 'float16', int8: 'int8' };
      expect(signatureSizes(parsed).cacheType).toBe(types[cachePrecision]);
    }
  }
});

test.each([
  ['fp16', 'fp32', 'kvasir.json: cache: precision is "fp32"; supported: "fp16"'],
  ['fp16', 'int8', 'kvasir.json: cache: precision is "int8"; supported: "fp16"'],
  ['fp32', 'fp16', 'kvasir.json: cache: precision is "fp16"; supported: "fp32" or "int8"'],
  ['int8', 'fp16', 'kvasir.json: cache: precision is "fp16"; supported: "fp32" or "int8"'],
])('weights in %s with a cache in %s are refused', (precision, cachePrecision, message) => {
  const cache = { precision: cachePrecision, headSize: 64, layout: 'rows' };
  expect(() => parseManifest({ ...manifest, precision, cache })).toThrow(message);
});

test('a cache of blocks says how large they are, and goes with weights in fp16', () => {
  const cache = { precision: 'fp16', headSize: 64, layout: 'paged', blockSize: 256 };
  const paged = { ...manifest, precision: 'fp16', cache };
  expect(parseManifest(paged).cache).toEqual(cache);
  const refusals: readonly (readonly [object, string])[] = [
    [
      { ...paged, cache: { ...cache, blockSize: 100 } },
      'cache: blockSize is 100; supported: 16 or',
    ],
    [{ ...paged, cache: { ...cache, blockSize: undefined } }, 'cache: blockSize is missing'],
    [{ ...paged, cache: { ...cache, layout: 'pages' } }, 'layout is "pages"; supported: "rows" or'],
    [
      { ...paged, precision: 'fp32', cache: { ...cache, precision: 'fp32' } },
      'layout is "paged"; supported: "rows"',
    ],
  ];
  for (const [json, message] of refusals) {
    expect(() => parseManifest(json)).toThrow(ArtifactError);
    expect(() => parseManifest(json)).toThrow(message);
  }
});

test.each([1, signatureVersion + 1])('signature %i says what to do', (other) => {
  expect(() => parseManifest(changed(['signatureVersion'], other))).toThrow(
    `was exported with signature ${other}, this server speaks ${signatureVersion}: export it again`,
  );
});

test.each([
  [['format'], 'onnx', 'kvasir.json: format is "onnx"; supported: "kvasir-artifact"'],
  [['signatureVersion'], undefined, 'kvasir.json: signatureVersion is missing'],
  [['precision'], 'fp8', 'precision is "fp8"; supported: "fp32" or "fp16" or "int8" or "int4"'],
  [['precision'], undefined, 'kvasir.json: precision is missing'],
  [['cache', 'precision'], 'int4', 'cache: precision is "int4"; supported: "fp32" or "int8"'],
  [['cache', 'precision'], undefined, 'cache: precision is missing'],
  [['tokenizer'], 'bert', 'tokenizer is "bert"; supported: "gpt2" or "bpe" or "ids"'],
  [
    ['candidateCount'],
    50_258,
    'candidateCount is 50258; supported: a whole number from 1 to 50257',
  ],
  [['config'], [], 'kvasir.json: config must be a JSON object'],
  [['config', 'headCount'], 11, 'kvasir.json: config: headCount is 11; supported: a divisor'],
  [['config', 'eosTokenIds'], [50_257], 'config: eosTokenIds is [50257]'],
  [['config', 'activation'], 'silu', 'config: activation is "silu"'],
  [['config', 'scalesAttention'], undefined, 'config: scalesAttention is missing'],
  [['config', 'headWeight'], 'wpe.weight', 'config: headWeight is "wpe.weight"'],
  [['cache', 'headSize'], 56, 'cache: headSize is 56; supported: a whole number from 64'],
  [['files'], [], 'kvasir.json: files is []; supported: the graph and its data'],
  [['files'], {}, 'kvasir.json: files is {}; supported: a list'],
  [['files', 1, 'name'], '../model.onnx', 'files[1]: name is "../model.onnx"'],
  [['files', 0, 'sha256'], 'abc', 'files[0]: sha256 is "abc"; supported: 64 hexadecimal digits'],
])('%j: %j is refused by name', (path, value, message) => {
  expect(() => parseManifest(changed(path, value))).toThrow(ArtifactError);
  expect(() => parseManifest(changed(path, value))).toThrow(message);
});
