// When requests arrive that nobody coordinates: a Poisson process, the gaps exponential and independent.
// The same seed gives the same arrivals, so that all systems meet the same crowd.

/** Seconds from the start, ascending, all before `seconds`; `rate` is requests a second. */
export function poissonArrivals(rate: number, seconds: number, seed: number): number[] {
  const next = uniforms(seed);
  const arrivals: number[] = [];
  for (let time = gap(rate, next); time < seconds; time += gap(rate, next)) arrivals.push(time);
  return arrivals;
}

function gap(rate: number, next: () => number): number {
  return -Math.log(1 - next()) / rate;
}

/** Numbers from 0 to 1, exclusive: splitmix32. */
function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return ((word ^ (word >>> 15)) >>> 0) / 2 ** 32;
  };
}
