// The prompt of `kvasir generate`: as a word of the command line, or from standard input.

import { CommandError, exitCodes } from './command-error.ts';

export interface PromptInput extends AsyncIterable<Buffer | string> {
  readonly isTTY?: boolean;
}

/**
 * `given`: null where there was no word, and then whatever comes along a pipe is meant. The line break
 * that ends the input is not part of the prompt: `echo` and editors add one. Throws `CommandError`.
 */
export async function promptFrom(given: string | null, input: PromptInput): Promise<string> {
  if (given !== null && given !== '-') return given;
  if (given === null && input.isTTY === true) {
    throw misused(
      'there is no prompt: kvasir generate "Once upon a time", or - to type it, and Ctrl-D at its end',
    );
  }
  const pieces: Buffer[] = [];
  for await (const piece of input) pieces.push(Buffer.from(piece));
  const text = textOf(Buffer.concat(pieces)).replace(/\r?\n$/, '');
  if (text !== '' || given === '-') return text;
  throw misused('standard input is empty, and there is no other prompt; "" begins a new text');
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw misused('standard input is no text in UTF-8');
  }
}

function misused(message: string): CommandError {
  return new CommandError(exitCodes.misused, message);
}
