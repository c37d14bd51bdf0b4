// Drafts what the simulated model will say, with mistakes now and then, and drafts of every length.

import type { TextSoFar } from '../../src/sampling/text-so-far.ts';
import type { Drafter } from '../../src/scheduler/verify-run.ts';
import { nextToken, vocabularySize } from '../reference/cache.ts';

export class FallibleDrafter implements Drafter {
  readonly draft = new Int32Array(6);
  acceptedCount = 0;
  rejectedCount = 0;
  steppedCount = 0;
  #askedCount = 0;

  draftFor({ promptIds, generatedIds, generatedCount }: TextSoFar, limit: number): number {
    const text = [...promptIds, ...generatedIds.subarray(0, generatedCount)];
    this.#askedCount += 1;
    const count = Math.min(limit, this.#askedCount % (this.draft.length + 1));
    for (let index = 0; index < count; index += 1) {
      const mistake = (this.#askedCount + index) % 5 === 0 ? 1 : 0;
      const token = (nextToken(text) + mistake) % vocabularySize;
      this.draft[index] = token;
      text.push(token);
    }
    return count;
  }

  stepped(): void {
    this.steppedCount += 1;
  }

  checked(draftCount: number, acceptedCount: number): void {
    this.acceptedCount += acceptedCount;
    this.rejectedCount += draftCount - acceptedCount;
  }
}
