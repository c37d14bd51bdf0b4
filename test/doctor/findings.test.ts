import { expect, test } from 'vitest';
import { Findings, type Result } from '../../src/doctor/findings.ts';

function start(limitMs = 1000) {
  const lines: string[] = [];
  const kept: unknown[] = [];
  const clock = { ms: 0 };
  const findings = new Findings({
    say: (line) => lines.push(line),
    keep: (contents) => kept.push(structuredClone(contents)),
    now: () => clock.ms,
    limitMs,
  });
  return { findings, lines, kept, clock };
}

const good = <T>(value: T): Result<T> => ({ isGood: true, said: 'fine', value });

test('a check is told of as soon as it is made, and kept with its figures', async () => {
  const { findings, lines, kept, clock } = start();
  const value = await findings.check('memory', 'there', (needed) => {
    clock.ms += 12;
    return { ...good(needed.length), figures: { bytes: 5 } };
  });
  expect(value).toBe(5);
  expect(lines).toEqual(['ok    memory: fine']);
  expect(kept.at(-1)).toEqual({
    checks: [{ name: 'memory', verdict: 'ok', said: 'fine', ms: 12, figures: { bytes: 5 } }],
  });
});

test('one that throws says why, those that need it are left out, and the rest goes on', async () => {
  const { findings, lines } = start();
  const driver = await findings.check('driver', 0, (): Result<number> => {
    throw new Error('there is none');
  });
  const memory = await findings.check('memory', driver, good);
  await findings.check('files', 'x', good);
  findings.conclude();
  expect([driver, memory]).toEqual([null, null]);
  expect(lines).toEqual([
    'WRONG driver: there is none',
    '-     memory: needs what failed above',
    'ok    files: fine',
    'wrong: driver; 1 left out, in 0 s',
  ]);
  expect(findings.isAllGood).toBe(false);
});

test('what need not be there is no fault where it is missing', async () => {
  const { findings, lines } = start();
  findings.toleratesFaults = true;
  await findings.check('driver', 0, (): Result<number> => {
    throw new Error('there is none');
  });
  findings.conclude();
  expect(lines).toEqual(['-     driver: there is none', 'all is well, 1 left out, in 0 s']);
  expect(findings.isAllGood).toBe(true);
});

test('a result that is not as it should be is a fault, and what it gave is used all the same', async () => {
  const { findings } = start();
  const value = await findings.check('speed', 0, () => ({ ...good(7), isGood: false }));
  expect(value).toBe(7);
  expect(findings.isAllGood).toBe(false);
});

test('past the limit nothing is begun', async () => {
  const { findings, lines, clock } = start(1000);
  clock.ms = 1001;
  const never = () => {
    throw new Error('begun');
  };
  await findings.check('late', 0, never);
  await findings.measure('later', never);
  expect(lines).toEqual(['-     late: no time left', '-     later: no time left']);
});

test('a measurement that cannot be made is left out and says why', async () => {
  const { findings, lines } = start();
  const value = await findings.measure('256 after 64', () => {
    throw new Error('memory is there for 8 rows');
  });
  expect(value).toBeNull();
  expect(lines).toEqual(['-     256 after 64: memory is there for 8 rows']);
  expect(findings.isAllGood).toBe(true);
});

test('the time of a long check is said', async () => {
  const { findings, lines, clock } = start(1e6);
  await findings.check('export', 0, () => {
    clock.ms += 5300;
    return good(null);
  });
  expect(lines).toEqual(['ok    export: fine (5.3 s)']);
});
