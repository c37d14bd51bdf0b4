// The shapes a prompt comes in, as lists of ids that leave room for what is to be generated. A text is
// refused before it is encoded whole, and a long list of texts lets other work run in between.

import { setImmediate as otherWork } from 'node:timers/promises';
import { ServeError } from '../../errors.ts';
import { noFrame } from '../../tokenizer/contract.ts';
import type { Frame, Tokenizer } from '../../tokenizer/tokenizer.ts';
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
  /** What texts are put between; ids are as their sender wants them. */
  readonly frame: Frame;
}

type Encoded = Omit<Prompt, 'maxTokens'>;

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
): Promise<readonly Encoded[]> {
  const encoded: Encoded[] = [];
  let characterCount = 0;
  for (const [index, prompt] of prompts.entries()) {
    characterCount += prompt.length;
    if (characterCount > uninterruptedCharacters) {
      characterCount = prompt.length;
      await otherWork();
    }
    const { field } = limits;
    const name = prompts.length === 1 ? field : `${field}[${index}]`;
    encoded.push(encodePrompt(prompt, name, limits, model, tokenizer));
  }
  return encoded;
}

/** What stands for a prompt of nothing. */
function blank({ bosTokenId }: ServedModel, name: string): Encoded {
  if (bosTokenId !== null) {
    return { ids: Int32Array.of(bosTokenId), framed: { before: 1, behind: 0 } };
  }
  throw new ServeError(
    'invalid_value',
    `${name} must have a token: this model has none that begins a text`,
    'prompt',
  );
}

function encodePrompt(
  prompt: OnePrompt,
  name: string,
  { field, longest, cut, frame }: PromptLimits,
  model: ServedModel,
  tokenizer: Tokenizer,
): Encoded {
  const limit = cut === null ? longest : mostEncodedTokens;
  if (cut !== null && typeof prompt === 'string' && prompt.length > mostEncodedCharacters) {
    throw hopeless(name);
  }
  const around = typeof prompt === 'string' ? frame : noFrame;
  const whole = typeof prompt === 'string' ? tokenizer.encodeWithin(prompt, limit) : prompt;
  if (whole === null && cut !== null) throw hopeless(name);
  const { ids, framed } = whole === null ? unknown : kept(whole, around, cut);
  if (ids === null || ids.length > longest) {
    throw tooLong(name, field, ids?.length ?? null, longest, model.contextLength);
  }
  if (ids.length === 0) return blank(model, name);
  for (const [index, id] of ids.entries()) {
    if (id >= 0 && id < model.vocabularySize) continue;
    throw new ServeError(
      'invalid_value',
      `${name}[${index}] must be a token id from 0 to ${model.vocabularySize - 1}, got ${id}`,
      'prompt',
    );
  }
  return { ids: Int32Array.from(ids), framed };
}

/** Too many to know. */
const unknown = { ids: null, framed: { before: 0, behind: 0 } } as const;

/** What is left of a prompt in its frame once it is cut to length. */
function kept(ids: readonly number[], { before, behind }: Frame, cut: PromptLimits['cut']) {
  const whole = [...before, ...ids, ...behind];
  const excess = cut === null ? 0 : Math.max(0, whole.length - cut.count);
  const [left, right] = cut?.side === 'left' ? [excess, 0] : [0, excess];
  return {
    ids: excess === 0 ? whole : whole.slice(left, whole.length - right),
    framed: {
      before: Math.max(0, before.length - left),
      behind: Math.max(0, behind.length - right),
    },
  };
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
