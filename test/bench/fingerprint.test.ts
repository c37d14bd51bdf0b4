import { cpSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fingerprint } from '../../bench/systems/fingerprint.ts';

function scratchCheckpoint(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kvasir-fingerprint-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const checkpoint = path.join(folder, 'gpt2');
  cpSync('models/storyteller', checkpoint, { recursive: true });
  return checkpoint;
}

test('the same checkpoint and choices have the same fingerprint, others another', () => {
  const checkpoint = scratchCheckpoint();
  const first = fingerprint({ checkpoint }, ['f32']);
  expect(first).toMatch(/^[0-9a-f]{12}$/);
  expect(fingerprint({ checkpoint }, ['f32'])).toBe(first);
  expect(fingerprint({ checkpoint }, ['q8_0'])).not.toBe(first);
});

test('checkpoints of the same name in other places are told apart', () => {
  const [one, other] = [scratchCheckpoint(), scratchCheckpoint()];
  expect(path.basename(one)).toBe(path.basename(other));
  expect(fingerprint({ checkpoint: one }, [])).not.toBe(fingerprint({ checkpoint: other }, []));
});

test.each(['model.safetensors', 'config.json'])(
  'a %s that was written again changes it',
  (name) => {
    const checkpoint = scratchCheckpoint();
    const file = path.join(checkpoint, name);
    utimesSync(file, 1000, 1000);
    const before = fingerprint({ checkpoint }, []);
    utimesSync(file, 1000, 2000);
    const later = fingerprint({ checkpoint }, []);
    writeFileSync(file, 'shorter');
    utimesSync(file, 1000, 2000);
    const shorter = fingerprint({ checkpoint }, []);
    expect(new Set([before, later, shorter]).size).toBe(3);
  },
);
