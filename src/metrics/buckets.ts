// Upper bounds of the histograms. Seconds have all of vLLM's, since dashboards and alerts are written
// against them, and finer ones below, since a model of this size answers faster than vLLM's begin.

export const timeToFirstTokenSeconds = [
  0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5,
  7.5, 10, 20, 40, 80, 160, 640, 2560,
];

export const interTokenSeconds = [
  0.0005, 0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3,
  0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
];

/** Of whole requests, and of the parts of their time. */
export const requestSeconds = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10,
  15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
];

export const stepSeconds = [
  0.0005, 0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3,
  0.4, 0.5, 0.75, 1, 2.5, 5,
];

export const stepTokenCounts = [
  1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384,
];

export const sampleCounts = [1, 2, 5, 10, 20];

/** 1, 2, 5, 10, ... as far as a text can be long. */
export function tokenCounts(contextLength: number): readonly number[] {
  const bounds: number[] = [];
  for (let power = 1; power <= contextLength; power *= 10) {
    for (const digit of [1, 2, 5]) {
      if (digit * power <= contextLength) bounds.push(digit * power);
    }
  }
  return bounds;
}
