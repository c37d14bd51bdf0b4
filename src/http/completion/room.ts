// Whether there is room: among the texts under way, and in the context of each.

import { ServeError } from '../../errors.ts';
import type { Admission } from './admission.ts';

/** Before any prompt is encoded: a busy server turns requests away while they are cheap. */
export function checkRoom(
  promptCount: number,
  sampleCount: number,
  sampleField: 'n' | 'best_of',
  admission: Admission,
): void {
  const { maxSequences, openCount } = admission;
  const sequenceCount = promptCount * sampleCount;
  if (sequenceCount > maxSequences) {
    throw new ServeError(
      'invalid_value',
      `${promptCount} prompts with ${sampleCount} samples each are ${sequenceCount} texts, ` +
        `and at most ${maxSequences} can be asked for at once`,
      sampleCount > maxSequences ? sampleField : 'prompt',
    );
  }
  if (openCount() + sequenceCount > maxSequences) {
    throw new ServeError(
      'queue_full',
      `the server is busy: ${openCount()} texts are under way or wait, and ${maxSequences} may; ` +
        'try again later',
    );
  }
}

export interface Length {
  /** As the client asked; undefined where it did not. */
  readonly maxTokens: number | undefined;
  readonly usualMaxTokens: number;
  readonly minTokens: number;
  /** What the client's max_tokens is called. */
  readonly field: string;
}

/** Most tokens that a text may have after so many of its prompt. */
export function maxTokensFor(promptCount: number, length: Length, contextLength: number): number {
  const { maxTokens: asked, usualMaxTokens, minTokens, field } = length;
  const room = contextLength - promptCount;
  const maxTokens = asked ?? Math.min(usualMaxTokens, room);
  if (maxTokens > room) {
    throw new ServeError(
      'context_length_exceeded',
      `this model's maximum context length is ${contextLength} tokens, but ` +
        `${promptCount + maxTokens} were asked for: ${promptCount} in the prompt and ` +
        `${maxTokens} by ${field}, which may be at most ${room} here`,
      field,
    );
  }
  if (minTokens > maxTokens) {
    throw new ServeError(
      'invalid_value',
      `min_tokens must be at most ${field}, which is ${maxTokens} here, got ${minTokens}`,
      'min_tokens',
    );
  }
  return maxTokens;
}
