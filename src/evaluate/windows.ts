// A text longer than the context is read in windows. Each begins a stride after the one before; what
// the one before has scored is context only. Nothing comes before the first token of a window, so it is
// scored only where the window before did it: with a stride as long as the window, never.
//
//   context = 6, stride = 4, tokens = 12        .: context only   #: scored
//
//   tokens     0  1  2  3  4  5  6  7  8  9 10 11
//   window 0   .  #  #  #  #  #
//   window 1               .  .  #  #  #  #
//   window 2                           .  .  #  #     'short': ends with the text
//                               .  .  .  .  #  #     'full': begins early enough to be as long as the others

export interface Windowing {
  /** Tokens of a window, at least 2. */
  readonly contextTokens: number;
  /** 1 .. contextTokens. */
  readonly strideTokens: number;
  readonly last: 'short' | 'full';
}

/** Tokens `start` to `end`, of which those from `firstScored` on are scored. */
export interface Window {
  readonly start: number;
  readonly end: number;
  readonly firstScored: number;
}

/** Every window in which there is a token to score. */
export function* windowsOf(tokenCount: number, windowing: Windowing): Generator<Window> {
  const { contextTokens, strideTokens, last } = windowing;
  let scoredEnd = 0;
  for (let begin = 0; scoredEnd < tokenCount; begin += strideTokens) {
    const end = Math.min(begin + contextTokens, tokenCount);
    const start = last === 'full' ? Math.max(0, end - contextTokens) : begin;
    const firstScored = Math.max(scoredEnd, start + 1);
    if (firstScored < end) yield { start, end, firstScored };
    scoredEnd = end;
  }
}

export function scoredCountOf(tokenCount: number, windowing: Windowing): number {
  let count = 0;
  for (const { end, firstScored } of windowsOf(tokenCount, windowing)) count += end - firstScored;
  return count;
}
