// How a prompt is cut into prefill chunks. A chunk of one token would run through the attention's
// decode kernel and differ in the last bits, so there is none (but for a prompt of one token): what
// would be left over alone joins the chunk before it. The chunk size may change from step to step: the
// kernel for two tokens or more gives each token the same bits wherever a chunk begins and ends.

/** The most tokens a chunk can have where steps have `mostTokens`. */
export const longestChunk = (mostTokens: number): number => mostTokens + 1;

/**
 * How many tokens the chunk has that begins at `start`: `chunkTokens`, 2 at least and `mostTokens` at
 * most, or all that is left where that is not much more. A run of its own would hold up the others
 * for longer.
 */
export function chunkLength(
  promptLength: number,
  start: number,
  chunkTokens: number,
  mostTokens: number,
): number {
  const remaining = promptLength - start;
  return remaining <= Math.min(2 * chunkTokens, longestChunk(mostTokens)) ? remaining : chunkTokens;
}
