import { expect, test } from 'vitest';
import { count, flag, numbers, readFlags, variants } from '../../bench/flags.ts';
import { listed } from '../../bench/machine.ts';

test('a flag that was not given has its fallback', () => {
  const flags = { streams: flag('LIST', '1,2', ''), json: flag('FILE', '', '') };
  expect(readFlags(flags, ['--json', 'out.json'])).toEqual({ streams: '1,2', json: 'out.json' });
});

test('an unknown flag is refused by name', () => {
  expect(() => readFlags({}, ['--strems', '1'])).toThrow('--strems');
});

test('variants are names and the flags that make them', () => {
  expect(variants('kvasir', 'fp32; int8=--precision int8 --prefix-cache off')).toEqual([
    { name: 'fp32', flags: [] },
    { name: 'int8', flags: ['--precision', 'int8', '--prefix-cache', 'off'] },
  ]);
  expect(() => variants('kvasir', '--precision int8')).toThrow('NAME=FLAGS');
});

test('numbers that make no sense are refused with the name of their flag', () => {
  expect(numbers('rates', '0.5,2')).toEqual([0.5, 2]);
  expect(() => numbers('rates', '1,,2')).toThrow('--rates 1,,2');
  expect(() => count('rounds', '1.5')).toThrow('--rounds 1.5');
});

test('processors are read as the system lists them', () => {
  expect(listed('0-2,5,8-9')).toEqual([0, 1, 2, 5, 8, 9]);
});
