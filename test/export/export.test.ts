import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ExportOptions, exportCheckpoint } from '../../export/export.ts';
import { ModelProto } from '../../export/onnx/schema.ts';
import { dataFile, graphFile } from '../../export/onnx/write.ts';
import { CheckpointError } from '../../models/errors.ts';
import { manifestFile, parseManifest } from '../../models/manifest.ts';
import { temporaryFolder } from '../support/folders.ts';
import { openNodeRunner } from './node-runner.ts';
import { tinyConfig, writeCheckpoint } from './tiny-checkpoint.ts';

const folder = temporaryFolder();
const checkpointDirectory = writeCheckpoint(path.join(folder, 'checkpoint'));
let count = 0;

/** A place for an artifact in a folder of its own. */
function place(): { parent: string; outputDirectory: string } {
  const parent = path.join(folder, `place-${count++}`);
  mkdirSync(parent);
  return { parent, outputDirectory: path.join(parent, 'artifact') };
}

function exportTiny(outputDirectory: string, options: Partial<ExportOptions> = {}) {
  return exportCheckpoint({ checkpointDirectory, outputDirectory, ...options });
}

test('an artifact introduces itself, and its files are what it says', async () => {
  const { parent, outputDirectory } = place();
  const manifest = await exportTiny(outputDirectory);
  expect(readdirSync(parent)).toEqual(['artifact']);
  expect(readdirSync(outputDirectory).toSorted()).toEqual([manifestFile, graphFile, dataFile]);
  const json = JSON.parse(readFileSync(path.join(outputDirectory, manifestFile), 'utf8'));
  expect(parseManifest(json)).toEqual(manifest);
  expect(manifest.config).toEqual(tinyConfig);
  expect(manifest.tokenizer).toBe('ids');
  expect(manifest.candidateCount).toBe(64);
  for (const { name, bytes, sha256 } of manifest.files) {
    const content = readFileSync(path.join(outputDirectory, name));
    expect(content.length).toBe(bytes);
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
  }
});

test('the same checkpoint gives the same bytes', async () => {
  const first = await exportTiny(place().outputDirectory);
  const second = await exportTiny(place().outputDirectory);
  expect(second).toEqual(first);
});

test('every tensor starts where it can be mapped', async () => {
  const { outputDirectory } = place();
  await exportTiny(outputDirectory);
  const bytes = readFileSync(path.join(outputDirectory, graphFile));
  interface Tensor {
    name: string;
    external_data: { key: string; value: string }[];
  }
  const model = ModelProto.toObject(ModelProto.decode(bytes), { arrays: true });
  const tensors: Tensor[] = model['graph'].initializer;
  const locations = tensors
    .filter(({ external_data }) => external_data.length > 0)
    .map(({ external_data }) => {
      return Object.fromEntries(external_data.map(({ key, value }) => [key, value]));
    });
  expect(locations).toHaveLength(28);
  let end = 0;
  for (const location of locations) {
    const [offset, length] = [Number(location['offset']), Number(location['length'])];
    expect(location['location']).toBe(dataFile);
    expect(offset % (length >= 4096 ? 4096 : 64)).toBe(0);
    expect(offset).toBeGreaterThanOrEqual(end);
    end = offset + length;
  }
});

describe('an exported graph computes what the reference computes', () => {
  const shapes = [
    { width: 24, headCount: 3 }, // heads of 8, as the kernel wants them
    { width: 20, headCount: 4 }, // of 5, padded to 8
    { width: 24, headCount: 2 }, // of 12, padded to 16
    { width: 3, headCount: 3 }, // of 1
  ];

  test.each(shapes)('with $headCount heads in width $width', async (shape) => {
    const config = { ...tinyConfig, ...shape };
    const checkpoint = writeCheckpoint(path.join(folder, `width-${count++}`), config);
    let largestError = Number.NaN;
    await exportCheckpoint({
      checkpointDirectory: checkpoint,
      outputDirectory: place().outputDirectory,
      runWith: openNodeRunner,
      onVerified: (verification) => {
        largestError = verification.largestError;
      },
    });
    expect(largestError).toBeLessThan(1e-5);
  });

  test('with a head of its own and the smallest context', async () => {
    const config = { ...tinyConfig, headWeight: 'lm_head.weight', contextLength: 4 } as const;
    const manifest = await exportCheckpoint({
      checkpointDirectory: writeCheckpoint(path.join(folder, 'untied'), config),
      outputDirectory: place().outputDirectory,
      runWith: openNodeRunner,
    });
    expect(manifest.parameterCount).toBe(parameterCountOf(checkpointDirectory) + 97 * 24 - 12 * 24);
  });

  function parameterCountOf(directory: string): number {
    const file = readFileSync(path.join(directory, 'model.safetensors'));
    return (file.length - 8 - Number(file.readBigUInt64LE())) / 4;
  }
});

describe('an artifact appears whole or not at all', () => {
  const replace = true;

  test('while it is written nothing stands in its place, and nothing beside it is whole', async () => {
    const { parent, outputDirectory } = place();
    const config = { ...tinyConfig, headCount: 4, width: 20 }; // padded: more bytes are written
    const shares: number[] = [];
    await exportCheckpoint({
      checkpointDirectory: writeCheckpoint(path.join(parent, '../padded'), config),
      outputDirectory,
      onProgress: ({ done, total }) => {
        shares.push(done / total);
        expect(existsSync(outputDirectory)).toBe(false);
        const [partial, ...others] = readdirSync(parent);
        expect(others).toEqual([]);
        expect(partial).toMatch(/^\.artifact\.partial-/);
        expect(readdirSync(path.join(parent, partial!))).not.toContain(manifestFile);
      },
    });
    expect(shares).toHaveLength(29); // the start, and one for each tensor
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  test('one that fails halfway leaves nothing', async () => {
    const { parent, outputDirectory } = place();
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      if (done > total / 2) throw new Error('the disk is full');
    };
    await expect(exportTiny(outputDirectory, { onProgress })).rejects.toThrow('the disk is full');
    expect(readdirSync(parent)).toEqual([]);
  });

  test('one that fails halfway leaves what stood there', async () => {
    const { parent, outputDirectory } = place();
    const before = await exportTiny(outputDirectory);
    const onProgress = () => {
      throw new Error('the disk is full');
    };
    await expect(exportTiny(outputDirectory, { replace, onProgress })).rejects.toThrow('full');
    expect(readdirSync(parent)).toEqual(['artifact']);
    const json = JSON.parse(readFileSync(path.join(outputDirectory, manifestFile), 'utf8'));
    expect(parseManifest(json)).toEqual(before);
  });

  test('one that stands is replaced only when asked to', async () => {
    const { parent, outputDirectory } = place();
    await exportTiny(outputDirectory);
    await expect(exportTiny(outputDirectory)).rejects.toThrow('artifact exists already');
    writeFileSync(path.join(outputDirectory, 'of-the-old-one'), '');
    await exportTiny(outputDirectory, { replace });
    expect(readdirSync(parent)).toEqual(['artifact']);
    expect(readdirSync(outputDirectory)).not.toContain('of-the-old-one');
  });

  test('what is no artifact is never replaced', async () => {
    const { outputDirectory } = place();
    mkdirSync(outputDirectory);
    writeFileSync(path.join(outputDirectory, 'thesis.tex'), 'years of work');
    const attempt = exportTiny(outputDirectory, { replace });
    await expect(attempt).rejects.toThrow(CheckpointError);
    await expect(attempt).rejects.toThrow('holds no kvasir.json: it is not replaced');
    expect(readdirSync(outputDirectory)).toEqual(['thesis.tex']);
  });

  test('an empty folder is as good as none', async () => {
    const { parent, outputDirectory } = place();
    mkdirSync(outputDirectory);
    await exportTiny(outputDirectory);
    expect(readdirSync(parent)).toEqual(['artifact']);
  });

  test('what killed runs left does no harm, and goes after a day', async () => {
    const { parent, outputDirectory } = place();
    const [young, old] = ['.artifact.partial-0123456789ab', '.artifact.partial-ba9876543210'];
    const others = ['.artifact.partial-of-somebody', '.other.partial-ba9876543210'];
    for (const name of [young, old, ...others]) {
      mkdirSync(path.join(parent, name));
      writeFileSync(path.join(parent, name, graphFile), 'half a graph');
      if (name !== young) utimesSync(path.join(parent, name), 0, 0);
    }
    await exportTiny(outputDirectory);
    expect(readdirSync(parent).toSorted()).toEqual([young, ...others, 'artifact'].toSorted());
  });
});

test('of two exports to one place at once, both succeed and the place holds one whole artifact', async () => {
  const { parent, outputDirectory } = place();
  const made = await Promise.all([1, 2].map(() => exportTiny(outputDirectory, { replace: true })));
  expect(made[0]).toEqual(made[1]);
  const manifest = JSON.parse(readFileSync(path.join(outputDirectory, manifestFile), 'utf8'));
  expect(parseManifest(manifest)).toEqual(made[0]);
  expect(readdirSync(parent)).toEqual(['artifact']);
});
