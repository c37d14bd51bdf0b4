// Prompts of random ids that share no prefix, so that nothing can be reused. The same seed gives the
// same prompt, so that all systems are asked the same.

export function randomPrompt(seed: number, tokenCount: number, vocabularySize: number): number[] {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  return Array.from({ length: tokenCount }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // The last id ends texts.
    return Math.floor((state / 2 ** 32) * (vocabularySize - 1));
  });
}
