// Sliding windows as Hugging Face's page on perplexity has them, position by position: the loop over
// `begin_loc`, and which labels it leaves unmasked and behind another token.

export function windowsByPosition(tokenCount: number, contextTokens: number, stride: number) {
  const found: { start: number; end: number; scored: number[] }[] = [];
  let previousEnd = 0;
  for (let begin = 0; begin < tokenCount; begin += stride) {
    const end = Math.min(begin + contextTokens, tokenCount);
    const targetCount = end - previousEnd;
    const scored: number[] = [];
    for (let position = begin + 1; position < end; position++) {
      if (position >= end - targetCount) scored.push(position);
    }
    found.push({ start: begin, end, scored });
    previousEnd = end;
    if (end === tokenCount) break;
  }
  return found;
}
