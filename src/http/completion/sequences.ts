// What the engine is asked for: a sequence for each text, prompt by prompt. A prompt is read and scored
// once, for the first of its samples; the others fork from there.

import type { NewSequence } from '../../engine/engine.ts';
import type { CompletionRequest } from './request.ts';

/** In the order of the choices. */
export function sequencesOf(request: CompletionRequest): NewSequence[] {
  const { prompts, sampleCount, returnedCount, ending, sampling, details } = request;
  // Which samples are the likeliest is found out from their scores.
  const isRanked = returnedCount < sampleCount;
  const logprobCount = details.logprobCount ?? (isRanked ? 0 : null);
  return prompts.flatMap(({ ids, maxTokens }, promptIndex) =>
    Array.from({ length: sampleCount }, (_, sampleIndex) => ({
      promptIds: ids,
      maxTokens,
      stopIds: ending.stopIds,
      sampling: { ...sampling, sampleIndex },
      logprobCount,
      promptLogprobCount: sampleIndex === 0 ? promptLogprobCount(request, maxTokens) : null,
      firstScored: 1,
      forkOf: sampleIndex === 0 ? null : promptIndex * sampleCount,
      cacheSalt: request.cacheSalt,
      priority: request.priority,
    })),
  );
}

/** As many alternatives as either of the two places shows that prompts are scored in. */
function promptLogprobCount({ details }: CompletionRequest, maxTokens: number): number | null {
  const echoed = details.echo ? details.logprobCount : null;
  const apart = details.promptLogprobCount;
  if (echoed !== null || apart !== null) return Math.max(echoed ?? 0, apart ?? 0);
  // Where nothing is generated either, the engine is asked for what costs least.
  return maxTokens === 0 ? 0 : null;
}
