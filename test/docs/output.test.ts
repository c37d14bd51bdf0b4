// A block whose page says something else than it prints is found out.

import { describe, expect, test } from 'vitest';
import { has, withEllipses } from './frames.ts';
import { checkOutput } from './output.ts';
import { readShell } from './unrun.ts';

const says = (language: string, text: string, printed: string, program = '') => {
  return () => checkOutput({ language, text }, printed, program);
};

describe('lines', () => {
  test('are the same but for white space at their ends', () => {
    expect(says('text', 'one\n two', 'one \n two\n\n')).not.toThrow();
  });

  test.each([
    ['another word', 'one\ntwo', 'one\ntoo'],
    ['a line that is missing', 'one\ntwo', 'one'],
    ['a line too many', 'one', 'one\ntwo'],
    ['what a pattern would let through', 'a.c', 'abc'],
  ])('%s is found', (_, text, printed) => {
    expect(says('text', text, printed)).toThrow(/the page says/);
  });

  test('an ellipsis stands for the rest of a word, or for lines', () => {
    expect(says('text', 'took … ms\n…\nend', 'took 12 ms\na\nb\nend')).not.toThrow();
    expect(says('text', 'took … ms', 'took 12 s')).toThrow();
  });
});

describe('JSON', () => {
  test('may differ in names that pass, in spaces, and in the last digits of fractions', () => {
    const said = '{"id": "a", "created": 1, "list": [{"x": -1.5, "n": 3}]}';
    const printed = '{"id":"b","created":2,"list":[{"x":-1.5003,"n":3}]}';
    expect(says('json', said, printed)).not.toThrow();
  });

  test.each([
    ['another number', '{"n": 3}', '{"n": 4}'],
    ['another fraction', '{"x": 1.5}', '{"x": 1.6}'],
    ['a name too many', '{"n": 3}', '{"n": 3, "m": null}'],
    ['a name that is missing', '{"n": 3, "m": 1}', '{"n": 3}'],
    ['null for an object', '{"n": {}}', '{"n": null}'],
  ])('%s is found', (_, text, printed) => {
    expect(says('json', text, printed)).toThrow(/the page says/);
  });
});

describe('a quotation', () => {
  const stream = [
    'data: {"choices":[{"text":" a"}]}',
    'data: {"choices":[{"text":" fox"}]}',
    'data: [DONE]',
  ];
  const program = '{"prompt": "Once upon"}';

  test('is the text of a stream, behind its prompt', () => {
    expect(says('quotation', 'Once upon a fox', stream.join('\n\n'), program)).not.toThrow();
  });

  test.each(['Once upon a hen', 'Twice upon a fox', 'Once upon a fox ran'])(
    '%j is found',
    (text) => {
      expect(says('quotation', text, stream.join('\n\n'), program)).toThrow(/the page says/);
    },
  );
});

describe('a frame', () => {
  const frame = { type: 'chunk', id: 'a', choices: [{ index: 0, text: ' fox', finish: null }] };

  test.each([
    '{"type": "chunk", "id": "a", ...}',
    '{"type": ..., "id": "a", "choices": [{"index": 0, ...}]}',
    '{"type": "chunk", "id": "a", "choices": ...}',
  ])('%s is it', (line) => {
    expect(has(frame, withEllipses(line))).toBe(true);
  });

  test.each([
    '{"type": "chunk", "id": "a"}',
    '{"type": "chunk", "id": "b", ...}',
    '{"type": "chunk", "error": ..., ...}',
    '{"choices": [{"index": 1, ...}], ...}',
  ])('%s is not', (line) => {
    expect(has(frame, withEllipses(line))).toBe(false);
  });
});

describe('a command that is not run', () => {
  test.each([
    ["npm run kvasir -- eval --model gpt2 --lambada 'a file' # a comment"],
    ["npm run bench -- steps --rounds 2 \\\n  --artifacts 'int8=--precision int8'"],
    ["npm run bench -- closed-loop --kvasir 'a=--threads 2;b=--threads 1'"],
    ['docker run --rm kvasir'],
    ['kvasir completion fish | source'],
  ])('%s is read', (text) => {
    expect(() => readShell(text)).not.toThrow();
  });

  test.each([
    ['npm run kvasir -- serve --prot 9000', /--prot/],
    ['npm start -- --port 99999', /65535/],
    ['npm run bench -- closed-lop', /closed-lop/],
    ['npm run bench -- steps --streams 8', /--streams/],
    ["npm run bench -- closed-loop --kvasir 'a=--thread 2'", /--threads/],
    ['for each in', /syntax/],
  ])('%s is found', (text, what) => {
    expect(() => readShell(text)).toThrow(what);
  });
});
