// Single steps of a model, without a scheduler: one piece of a prompt, or one token for each of some
// sequences.

import type { Model, ModelScores } from '../../src/model/model.ts';
import { Sequence } from '../../src/scheduler/sequence.ts';
import { greedy, request } from './engine.ts';

/** Tokens `start` to `end` of a prompt, into a row that holds those before. */
export function prefill(
  model: Model,
  ids: readonly number[],
  row: number,
  start: number,
  end: number,
  sampling = greedy,
): ModelScores {
  const sequence = new Sequence(request(1, ids, 1, sampling));
  const tokens = sequence.promptIds.subarray(start, end);
  const isLast = end === ids.length;
  return model.run({
    kind: 'prefill',
    firstRow: row,
    copies: [],
    chunks: [{ sequence, start, tokens, isLast, forks: [] }],
    width: tokens.length,
  });
}

/** The same token for each of sequences side by side, whose prompts are in the cache. */
export function decode(
  model: Model,
  firstRow: number,
  sequences: readonly Sequence[],
  token: number,
  copies: readonly { fromRow: number; toRow: number; tokenCount: number }[] = [],
): ModelScores {
  const lengths = Int32Array.from(sequences, ({ promptIds }) => promptIds.length);
  return model.run({
    kind: 'decode',
    firstRow,
    rowCount: sequences.length,
    tokens: new Int32Array(sequences.length).fill(token),
    lengths,
    sequences,
    sequenceCount: sequences.length,
    totalLength: Math.max(...lengths) + 1,
    copies,
  });
}

/** The bits of some rows of logits, copied. */
export function logitsOf(scores: ModelScores, rowCount: number): Buffer[] {
  return Array.from({ length: rowCount }, (_, row) => {
    const { buffer, byteOffset, byteLength } = scores.logitsRow(row);
    return Buffer.from(Buffer.from(buffer, byteOffset, byteLength));
  });
}
