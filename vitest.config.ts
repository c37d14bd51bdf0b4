import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two suites at a time: each engine under test already uses every core.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // For what tests do with onnxruntime-node itself; Kvasir sees to that for its own.
    env: { ORT_DISABLE_TELEMETRY: '1' },
  },
});
