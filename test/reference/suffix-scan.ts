// Prompt lookup by looking everywhere: what the index of endings must find.

/** The longest ending of `text`, of `least` to `longest` tokens, that occurred before; the latest. */
export function longestEnding(
  text: readonly number[],
  least: number,
  longest: number,
): { readonly length: number; readonly end: number } | null {
  for (let length = Math.min(longest, text.length - 1); length >= least; length -= 1) {
    const ending = String(text.slice(-length));
    for (let end = text.length - 1; end >= length; end -= 1) {
      if (String(text.slice(end - length, end)) === ending) return { length, end };
    }
  }
  return null;
}

/** What follows an occurrence that ended before `end`, the text repeating itself past its end. */
export function continuation(text: readonly number[], end: number, count: number): number[] {
  const grown = [...text];
  for (let index = 0; index < count; index += 1) grown.push(grown[end + index]!);
  return grown.slice(text.length);
}
