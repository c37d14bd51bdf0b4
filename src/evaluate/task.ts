// A task on its way: read and checked, so that all of them are right before the first one takes time;
// then measured; then found.

import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { DataFile } from './data.ts';
import type { PaperColumn } from './paper.ts';
import type { Scorer } from './scorer.ts';

/** What a task has to know of the model before it asks it anything. */
export interface Subject {
  /** Null for a model without a vocabulary: its texts are ids. */
  readonly tokenizer: Tokenizer | null;
  readonly vocabularySize: number;
  /** Of the windows. */
  readonly contextTokens: number;
  readonly strideTokens: number;
}

/** A measure of text is a mean over tokens, words or bytes; a share is of documents. */
export interface Metric {
  readonly name: string;
  readonly value: number;
  /** Where the paper has the same measure. */
  readonly paper: PaperColumn | null;
}

export interface Task {
  readonly name: string;
  readonly data: DataFile;
  /** Tokens that will be scored. */
  readonly tokenCount: number;
  /** `onScored`: so many tokens more. */
  measure(scorer: Scorer, onScored: (count: number) => void): Promise<readonly Metric[]>;
}

export interface Finding {
  readonly task: Task;
  readonly metrics: readonly Metric[];
  readonly seconds: number;
}
