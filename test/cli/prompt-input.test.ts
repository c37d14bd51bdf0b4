// Where a prompt comes from.

import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { promptFrom } from '../../src/cli/prompt-input.ts';

function piped(...pieces: (string | Uint8Array)[]) {
  return Readable.from(pieces.map((piece) => Buffer.from(piece)));
}

const terminal = Object.assign(piped(), { isTTY: true });

test('a word is the prompt, and standard input is left alone', async () => {
  const input = piped('other');
  expect(await promptFrom('Once', input)).toBe('Once');
  expect(await promptFrom('', input)).toBe('');
  expect(input.readableDidRead).toBe(false);
});

test.each([null, '-'])(
  'of %j it is what comes in, without the line break at its end',
  async (given) => {
    expect(await promptFrom(given, piped('Once\nupon ', 'a time\n'))).toBe('Once\nupon a time');
    expect(await promptFrom(given, piped('a \r\n'))).toBe('a ');
    expect(await promptFrom(given, piped('a\n\n'))).toBe('a\n');
  },
);

test('a character may come in two pieces', async () => {
  const bytes = Buffer.from('für');
  expect(await promptFrom('-', piped(bytes.subarray(0, 2), bytes.subarray(2)))).toBe('für');
});

test('nothing is a prompt only where standard input was asked for', async () => {
  expect(await promptFrom('-', piped())).toBe('');
  await expect(promptFrom(null, piped())).rejects.toThrow('standard input is empty');
  await expect(promptFrom(null, terminal)).rejects.toThrow(
    'there is no prompt: kvasir generate "Once upon a time"',
  );
});

test('bytes that are no text are refused', async () => {
  await expect(promptFrom('-', piped(Uint8Array.of(65, 255)))).rejects.toMatchObject({
    message: 'standard input is no text in UTF-8',
    exitCode: 2,
  });
});
