// A task on its way: read and checked, so that all of them are right before the first one takes time;
// then measured; then found.

import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { type DataFile, wrongData } from './data.ts';
import type { OnScored } from './likelihood.ts';
import type { PaperColumn } from './paper.ts';
import type { Scorer } from './scorer.ts';

/** What a task has to know of the model before it asks it anything. */
export interface Subject {
  /** Null for a model without a vocabulary: its texts are ids. */
  readonly tokenizer: Tokenizer | null;
  readonly vocabularySize: number;
  /** Begins a text; null where the model has no such token. */
  readonly bosTokenId: number | null;
  /** Of the windows. */
  readonly contextTokens: number;
  readonly strideTokens: number;
  /** Of data that consists of documents, so many of the first ones count. */
  readonly mostDocuments: number;
}

export interface Metric {
  readonly name: string;
  readonly value: number;
  /** Where the paper has this measure. */
  readonly paper: PaperColumn | null;
}

export interface Task {
  readonly name: string;
  readonly data: DataFile;
  /** What its speed is counted in: tokens that are scored, of passages with one answer all of them. */
  readonly tokenCount: number;
  measure(scorer: Scorer, onScored: OnScored): Promise<readonly Metric[]>;
}

export interface Finding {
  readonly task: Task;
  readonly metrics: readonly Metric[];
  readonly seconds: number;
}

/** Throws `ServeError` (invalid_setting) where the model has no vocabulary. */
export function tokenizerFor(data: DataFile, { tokenizer }: Subject): Tokenizer {
  if (tokenizer !== null) return tokenizer;
  throw wrongData(data, 'this model has no vocabulary to read texts with; --ids takes token ids');
}
