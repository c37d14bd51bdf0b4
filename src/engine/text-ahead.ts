// The text of a sequence with some of what was foreseen for it: what a token is chosen after that
// stands behind a draft.

import type { TextSoFar } from '../sampling/text-so-far.ts';

export class TextAhead implements TextSoFar {
  promptIds: Int32Array = new Int32Array();
  generatedIds: Int32Array = new Int32Array();
  generatedCount = 0;

  /** Shows a text with so many of the tokens that stand after it; valid until the next call. */
  show(text: TextSoFar, tokenCount: number): this {
    this.promptIds = text.promptIds;
    this.generatedIds = text.generatedIds;
    this.generatedCount = text.generatedCount + tokenCount;
    return this;
  }
}
