// The shapes a prompt comes in, as lists of ids that leave room for what is to be generated. A text is
// refused before it is encoded whole, and a long list of texts lets other work run in between.

import { setImmediate as otherWork } from 'node:timers/promises';
import { ServeError } from '../../errors.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { Prompt } from './request.ts';
import type { ServedModel } from './served-model.ts';

export type PromptField = string | readonly string[] | readonly number[] | readonly number[][];
export type OnePrompt = string | readonly number[];

export interface PromptLimits {
  /** What the client's prompts stand in. */
  readonly field: 'prompt' | 'messages';
  /** Most tokens that a prompt may have, once it is cut. */
  readonly longest: number;
  /** How many tokens to keep, and at which side the others are cut off; null: nothing is cut. */
  readonly cut: { readonly count: number; readonly side: 'left' | 'right' } | null;
}

/** Some milliseconds of encoding. */
const uninterruptedCharacters = 16_384;
/** Texts that are encoded whole, though they may be too long, have at most so many tokens. */
export const mostEncodedTokens = 65_536;
/** And so many characters, since a token may have many: ten to some tens of milliseconds. */
export const mostEncodedCharacters = 131_072;

export function splitPrompts(prompt: PromptField): readonly OnePrompt[] {
  if (typeof prompt === 'string') return [prompt];
  const isList = typeof prompt[0] === 'string' || Array.isArray(prompt[0]);
  return isList ? (prompt as readonly OnePrompt[]) : [prompt as readonly number[]];
}

export async function encodePrompts(
  prompts: readonly OnePrompt[],
  limits: PromptLimits,
  model: ServedModel,
  tokenizer: Tokenizer,
): Promise<readonly Omit<Prompt, 'maxTokens'>[]> {
  const encoded: Omit<Prompt, 'maxTokens'>[] = [];
  let characterCount = 0;
  for (const [index, prompt] of prompts.entries()) {
    characterCount += prompt.length;
    if (characterCount > uninterruptedCharacters) {
      characterCount = prompt.length;
      await otherWork();
    }
    const isBlank = prompt.length === 0;
    const { field } = limits;
    const name = prompts.length === 1 ? field : `${field}[${index}]`;
    const ids = isBlank
      ? Int32Array.of(blank(model, name))
      : encodePrompt(prompt, name, limits, model, tokenizer);
    encoded.push({ ids, isBlank });
  }
  return encoded;
}

/** What stands for a prompt of nothing. */
function blank({ bosTokenId }: ServedModel, name: string): number {
  if (bosTokenId !== null) return bosTokenId;
  throw new ServeError(
    'invalid_value',
    `${name} must have a token: this model has none that begins a text`,
    'prompt',
  );
}

function encodePrompt(
  prompt: OnePrompt,
  name: string,
  { field, longest, cut }: PromptLimits,
  model: ServedModel,
  tokenizer: Tokenizer,
): Int32Array {
  const limit = cut === null ? longest : mostEncodedTokens;
  if (cut !== null && typeof prompt === 'string' && prompt.length > mostEncodedCharacters) {
    throw hopeless(name);
  }
  const whole = typeof prompt === 'string' ? tokenizer.encodeWithin(prompt, limit) : prompt;
  if (whole === null && cut !== null) throw hopeless(name);
  const ids = whole === null || cut === null ? whole : kept(whole, cut);
  if (ids === null || ids.length > longest) {
    throw tooLong(name, field, ids?.length ?? null, longest, model.contextLength);
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

function kept(ids: readonly number[], { count, side }: NonNullable<PromptLimits['cut']>) {
  return side === 'left' ? ids.slice(-count) : ids.slice(0, count);
}

function hopeless(name: string): ServeError {
  return new ServeError(
    'context_length_exceeded',
    `${name} has more than ${mostEncodedTokens} tokens or ${mostEncodedCharacters} characters, ` +
      'which are the most that are cut to length',
    'prompt',
  );
}

function tooLong(
  name: string,
  field: PromptLimits['field'],
  count: number | null,
  longest: number,
  contextLength: number,
): ServeError {
  const tokenCount = count ?? `at least ${longest + 1}`;
  const remark = longest < contextLength ? ', which leaves no room for a completion' : '';
  return new ServeError(
    'context_length_exceeded',
    `this model's maximum context length is ${contextLength} tokens; ` +
      `${name} has ${tokenCount}${remark}`,
    field,
  );
}
