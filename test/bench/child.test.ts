import { expect, test } from 'vitest';
import { runChild, startChild } from '../../bench/child.ts';
import { processorSeconds } from '../../bench/process-facts.ts';

const busy = "console.log('busy'); for (;;);";

test.skipIf(process.platform !== 'linux')(
  'a suspended child uses no processor, and can be stopped all the same',
  async () => {
    const child = startChild(process.execPath, ['-e', busy]);
    await new Promise<void>((resolve) => child.onOutput(() => resolve()));
    child.suspend();
    // Whoever asks right after the signal may still see the last of it.
    let [before, now] = [Number.NaN, processorSeconds(child.processId)];
    for (let looks = 0; looks < 50 && before !== now; looks++) {
      before = now;
      await runChild(process.execPath, ['-e', ''], 60_000);
      now = processorSeconds(child.processId);
    }
    expect(now).toBe(before);
    expect(await child.stop()).toBeNull();
  },
);

test('a program that fails is quoted', async () => {
  const failing = runChild(
    process.execPath,
    ['-e', "console.error('why'); process.exit(3)"],
    60_000,
  );
  await expect(failing).rejects.toThrow(/ended with 3:\nwhy/);
});

test('a program that takes too long is killed', async () => {
  await expect(runChild(process.execPath, ['-e', busy], 300)).rejects.toThrow('was killed');
});

test('a program that is not there says so', async () => {
  await expect(runChild('/nowhere/at-all', [], 60_000)).rejects.toThrow('ENOENT');
});
