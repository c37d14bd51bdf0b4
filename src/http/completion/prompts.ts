// The shapes a prompt comes in, as lists of ids that leave room for at least one token more. A text is
// refused before it is encoded whole, and a long list of texts lets other work run in between.

import { setImmediate as otherWork } from 'node:timers/promises';
import { ServeError } from '../../errors.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { ServedModel } from './served-model.ts';

export type PromptField = string | readonly string[] | readonly number[] | readonly number[][];
type OnePrompt = string | readonly number[];

/** Some milliseconds of encoding. */
const uninterruptedCharacters = 16_384;

export function splitPrompts(prompt: PromptField): readonly OnePrompt[] {
  if (typeof prompt === 'string') return [prompt];
  const isList = typeof prompt[0] === 'string' || Array.isArray(prompt[0]);
  return isList ? (prompt as readonly OnePrompt[]) : [prompt as readonly number[]];
}

export async function encodePrompts(
  prompts: readonly OnePrompt[],
  model: ServedModel,
  tokenizer: Tokenizer,
): Promise<readonly Int32Array[]> {
  const encoded: Int32Array[] = [];
  let characterCount = 0;
  for (const [index, prompt] of prompts.entries()) {
    characterCount += prompt.length;
    if (characterCount > uninterruptedCharacters) {
      characterCount = prompt.length;
      await otherWork();
    }
    const name = prompts.length === 1 ? 'prompt' : `prompt[${index}]`;
    encoded.push(encodePrompt(prompt, name, model, tokenizer));
  }
  return encoded;
}

function encodePrompt(
  prompt: OnePrompt,
  name: string,
  model: ServedModel,
  tokenizer: Tokenizer,
): Int32Array {
  if (prompt.length === 0) return Int32Array.of(model.bosTokenId);
  const longest = model.contextLength - 1;
  const ids = typeof prompt === 'string' ? tokenizer.encodeWithin(prompt, longest) : prompt;
  if (ids === null || ids.length > longest) {
    const tokenCount = ids === null ? `at least ${model.contextLength}` : ids.length;
    throw new ServeError(
      'context_length_exceeded',
      `this model's maximum context length is ${model.contextLength} tokens; ` +
        `${name} has ${tokenCount}, which leaves no room for a completion`,
      'prompt',
    );
  }
  for (const [index, id] of ids.entries()) {
    if (id >= 0 && id < model.vocabularySize) continue;
    throw new ServeError(
      'invalid_value',
      `${name}[${index}] must be a token id from 0 to ${model.vocabularySize - 1}, got ${id}`,
      'prompt',
    );
  }
  return Int32Array.from(ids);
}
