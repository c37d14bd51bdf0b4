// Arithmetic on sizes that are not all known: `batch` and `tokens` are just names, but that
// [batch, tokens, 768] holds as many numbers as [batch*tokens, 768] can be said all the same.

import type { Shape, Size } from './ir.ts';

/** A product: of one number and of names, in order. */
interface Count {
  readonly factor: number;
  readonly names: readonly string[];
}

function countOf(shape: Shape): Count {
  let factor = 1;
  const names: string[] = [];
  for (const size of shape) {
    if (typeof size === 'number') factor *= size;
    else names.push(...size.split('*'));
  }
  return { factor, names: names.sort() };
}

export function sameSize(a: Size, b: Size): boolean {
  return sameCount([a], [b]);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => sameSize(size, b[axis]!));
}

/** Whether two shapes hold equally many numbers. */
export function sameCount(a: Shape, b: Shape): boolean {
  const [left, right] = [countOf(a), countOf(b)];
  return left.factor === right.factor && left.names.join() === right.names.join();
}

/** The size by which `part` has to be multiplied to give `whole`; null where there is none. */
export function quotient(whole: Shape, part: Shape): Size | null {
  const [dividend, divisor] = [countOf(whole), countOf(part)];
  const names = [...dividend.names];
  for (const name of divisor.names) {
    const at = names.indexOf(name);
    if (at < 0) return null;
    names.splice(at, 1);
  }
  const factor = dividend.factor / divisor.factor;
  if (names.length === 0) return Number.isInteger(factor) ? factor : null;
  return factor === 1 ? names.join('*') : null;
}

export function shown(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
