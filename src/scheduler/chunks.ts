// How a prompt is cut into prefill chunks. A chunk of one token would run through the attention's
// decode kernel and differ in the last bits, so there is none (but for a prompt of one token): what
// would be left over alone joins the chunk before it. Nothing but the prompt's length and the chunk
// size has a say, or else a text could depend on what else the server was doing.

/** The most tokens a chunk can have. */
export const longestChunk = (chunkTokens: number): number => chunkTokens + 1;

/** How many tokens the chunk has that begins at `start`. */
export function chunkLength(promptLength: number, start: number, chunkTokens: number): number {
  const remaining = promptLength - start;
  return remaining <= longestChunk(chunkTokens) ? remaining : chunkTokens;
}
