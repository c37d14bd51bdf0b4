// Steps of a model without a scheduler: plans made by hand, run one after the other.

import type { RowCopy } from '../kv/row-cache.ts';
import type { Model, ModelScores } from '../model/model.ts';
import { freeDraw, type SamplingParameters } from '../sampling/parameters.ts';
import { Sequence, unsaid } from '../scheduler/sequence.ts';

/** What most requests ask for: a draw, whose normalizer the graph has to compute. */
export const drawn: SamplingParameters = { ...freeDraw, inverseTemperature: 1.25 };

const none: readonly RowCopy[] = [];

export class HandSteps {
  readonly #model: Pick<Model, 'run'>;
  #nextId = 1;

  constructor(model: Pick<Model, 'run'>) {
    this.#model = model;
  }

  /** Tokens from `start` on of a prompt whose beginning the row holds. `scored`: each is asked about. */
  prompt(row: number, ids: Int32Array, start = 0, scored = false): ModelScores {
    const sequence = this.#sequence(ids, scored);
    const tokens = ids.subarray(start);
    const chunk = { sequence, start, tokens, isLast: true, forks: [] };
    const plan = { kind: 'prefill', firstRow: row, copies: none, chunks: [chunk] } as const;
    return this.#model.run({ ...plan, width: tokens.length });
  }

  /** Several first prompts, padded to the longest. */
  prompts(firstRow: number, prompts: readonly Int32Array[]): ModelScores {
    const chunks = prompts.map((ids) => {
      return { sequence: this.#sequence(ids), start: 0, tokens: ids, isLast: true, forks: [] };
    });
    const width = Math.max(...prompts.map(({ length }) => length));
    return this.#model.run({ kind: 'prefill', firstRow, copies: none, chunks, width });
  }

  /** One token for each row; `lengths` is what each holds before. A row of -1 in `tokens` is a hole. */
  decode(
    firstRow: number,
    tokens: readonly number[],
    lengths: readonly number[],
    copies: readonly RowCopy[] = none,
  ): ModelScores {
    return this.#model.run(this.decodePlan(firstRow, tokens, lengths, copies));
  }

  /** A plan that may be run again and again: it writes to the same places. */
  decodePlan(
    firstRow: number,
    tokens: readonly number[],
    lengths: readonly number[],
    copies: readonly RowCopy[] = none,
  ) {
    const sequences = tokens.map((token) => (token < 0 ? null : this.#sequence(oneToken)));
    return {
      kind: 'decode',
      firstRow,
      rowCount: tokens.length,
      tokens: Int32Array.from(tokens, (token) => Math.max(token, 0)),
      lengths: Int32Array.from(lengths),
      sequences,
      sequenceCount: sequences.filter((sequence) => sequence !== null).length,
      totalLength: Math.max(...lengths) + 1,
      copies,
    } as const;
  }

  run(plan: ReturnType<HandSteps['decodePlan']>): ModelScores {
    return this.#model.run(plan);
  }

  #sequence(ids: Int32Array, scored = false): Sequence {
    const promptLogprobCount = scored ? 1 : null;
    const request = { id: this.#nextId++, promptIds: ids, maxTokens: 1, stopIds: [] };
    return new Sequence({ ...unsaid, ...request, sampling: drawn, promptLogprobCount });
  }
}

const oneToken = new Int32Array(1);

/** Copies of the first rows of logits. */
export function logitsOf(scores: ModelScores, rowCount: number): Float32Array[] {
  return Array.from({ length: rowCount }, (_, row) => Float32Array.from(scores.logitsRow(row)));
}

/** Ids that are spread over the vocabulary, the same every time. */
export function madeUpIds(count: number, vocabularySize: number, seed = 1): Int32Array {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return Int32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % vocabularySize;
  });
}
