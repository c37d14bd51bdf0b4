// Time and randomness, handed in so that tests decide both.

import { randomBytes } from 'node:crypto';

export interface Seed {
  /** 64 random bits as two unsigned 32-bit halves. */
  readonly low: number;
  readonly high: number;
}

export interface Surroundings {
  /** Milliseconds since some moment; never goes back. */
  nowMs(): number;
  /** Whole seconds since 1970. */
  epochSeconds(): number;
  /** Calls `run` once after that long, unless the function it returns is called before. */
  after(ms: number, run: () => void): () => void;
  /** A name that nothing else has. */
  freshName(): string;
  freshSeed(): Seed;
}

export const realSurroundings: Surroundings = {
  nowMs: () => performance.now(),
  epochSeconds: () => Math.floor(Date.now() / 1000),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  freshName: () => randomBytes(16).toString('hex'),
  freshSeed: () => {
    const bits = randomBytes(8);
    return { low: bits.readUInt32LE(0), high: bits.readUInt32LE(4) };
  },
};
