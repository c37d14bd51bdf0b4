// The flags that describe a text, beside the fields of the API that they are made from.

import { describe, expect, test } from 'vitest';
import { fieldGroups, flagOf, generateFields } from '../../src/cli/generate-fields.ts';
import type { Machine } from '../../src/config/kinds.ts';
import { readCommand } from '../../src/config.ts';
import type { Field } from '../../src/http/completion/field.ts';
import { fields } from '../../src/http/completion/fields.ts';

const machine: Machine = {
  processorCount: 2,
  memoryBytes: 2 ** 34,
  cacheDirectory: '/cache',
  temporaryDirectory: '/tmp',
};
const further = { table: generateFields, groups: fieldGroups };

function body(...flags: string[]): unknown {
  const command = readCommand(['generate', 'A', ...flags], { environment: {}, machine, further });
  return command.name === 'generate' ? command.body : null;
}

test('nothing is asked for that was not said', () => {
  expect(body()).toEqual({});
});

describe('a flag becomes the field of its name', () => {
  test.each<[string[], object]>([
    [['--max-tokens', '5'], { max_tokens: 5 }],
    [['--temperature', '0.5'], { temperature: 0.5 }],
    [['--top-p', '.9'], { top_p: 0.9 }],
    [['--top-k', '-1'], { top_k: -1 }],
    [['--seed', '-12'], { seed: -12 }],
    [['--top-p-mode', 'gpt2'], { top_p_mode: 'gpt2' }],
    [['--truncate-prompt-tokens', '-1'], { truncate_prompt_tokens: -1 }],
    [['--echo', '--n', '2'], { echo: true, n: 2 }],
    [['--skip-special-tokens', 'false'], { skip_special_tokens: false }],
    [['--stop', '\n'], { stop: '\n' }],
    [['--stop', '5'], { stop: '5' }],
    [['--stop', 'true'], { stop: 'true' }],
    [['--stop', '1,2'], { stop: '1,2' }],
    [['--stop', 'a', '--stop', '"b"'], { stop: ['a', '"b"'] }],
    [['--stop', '["a", "b"]'], { stop: ['a', 'b'] }],
    [['--bad-words', 'wolf'], { bad_words: ['wolf'] }],
    [['--bad-words', 'wolf', '--bad-words', 'fox'], { bad_words: ['wolf', 'fox'] }],
    [['--stop-token-ids', '13'], { stop_token_ids: [13] }],
    [['--allowed-token-ids', '1, 2,3'], { allowed_token_ids: [1, 2, 3] }],
    [['--logit-bias', '11=-100,12=0.5'], { logit_bias: { '11': -100, '12': 0.5 } }],
    [['--logit-bias', '{"11": 5}'], { logit_bias: { '11': 5 } }],
  ])('%j', (flags, expected) => {
    expect(body(...flags)).toEqual(expected);
  });
});

describe('what the API refuses is refused in its words', () => {
  test.each([
    ['--temperature', '7', 'a number from 0 to 2'],
    ['--temperature', 'hot', 'a number from 0 to 2'],
    ['--top-p', '0', 'a number above 0, at most 1'],
    ['--n', '0', 'a whole number from 1 to 128'],
    ['--n', '1.5', 'a whole number from 1 to 128'],
    ['--top-p-mode', 'mine', '"usual" or "gpt2"'],
    ['--stop', '', 'a string, or a list of at most 16 strings'],
    ['--allowed-token-ids', 'a', 'a list of at least 1 token ids'],
    ['--logit-bias', '11', 'an object of token ids'],
    ['--logit-bias', '11=1000', 'an object of token ids'],
  ])('%s %s', (flag, given, accepts) => {
    expect(() => body(flag, given)).toThrow(`${flag} must be ${accepts}`);
    expect(() => body(flag, given)).toThrow(`got "${given}"`);
  });

  test('a flag of one that does not exist yet is none', () => {
    expect(() => body('--use-beam-search')).toThrow('unknown flag --use-beam-search');
  });
});

test('every field that has an effect on a text has a flag, under one heading', () => {
  const known = Object.entries<Field<unknown>>(fields);
  const left = ['prompt', 'model', 'stream', 'stream_options'];
  const ofServers = ['request_id', 'priority', 'cache_salt'];
  const expected = known
    .filter(([name, { role }]) => role === 'used' && ![...left, ...ofServers].includes(name))
    .map(([name]) => name);
  expect(Object.keys(generateFields)).toEqual(expected);
  const grouped = Object.values(fieldGroups).flatMap((table) => Object.keys(table));
  expect(grouped.sort()).toEqual(expected.sort());
});

test('the words of a refusal name flags', () => {
  expect(flagOf('max_tokens')).toBe('--max-tokens');
  expect(flagOf('n')).toBe('--n');
  expect(flagOf('constructor')).toBe('constructor');
});
