// Measures one task after the other, and tells how far it has come.

import type { Scorer } from './scorer.ts';
import type { Finding, Task } from './task.ts';

export interface Watch {
  readonly onProgress: (task: Task, doneTokens: number) => void;
  /** Milliseconds, from any fixed point. */
  readonly now: () => number;
}

/** Throws `ServeError` where the model gives no scores. */
export async function measure(
  tasks: readonly Task[],
  scorer: Scorer,
  { onProgress, now }: Watch,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const task of tasks) {
    let done = 0;
    const begun = now();
    onProgress(task, done);
    const metrics = await task.measure(scorer, (count) => {
      done += count;
      onProgress(task, done);
    });
    findings.push({ task, metrics, seconds: (now() - begun) / 1000 });
  }
  return findings;
}
