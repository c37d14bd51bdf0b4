// Numbers as a reader wants them: three digits or so, whatever their size.

/** A probability from its natural logarithm, as "12.3 %". */
export function percent(logprob: number): string {
  const value = Math.exp(logprob) * 100;
  if (value >= 99.95) return value === 100 ? '100 %' : '99.9 %';
  if (value >= 10) return `${value.toFixed(1)} %`;
  if (value >= 0.01) return `${value.toPrecision(2)} %`;
  return value === 0 ? '0 %' : `1 in ${short(100 / value)}`;
}

/** As "1,234", "12.3", or "4.5 million". */
export function short(value: number): string {
  if (value >= 1e15) return value.toExponential(1).replace('e+', ' × 10^');
  for (const [size, name] of sizes) {
    if (value >= size) return `${(value / size).toFixed(value >= 10 * size ? 0 : 1)} ${name}`;
  }
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

const sizes = [
  [1e12, 'trillion'],
  [1e9, 'billion'],
  [1e6, 'million'],
] as const;

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
