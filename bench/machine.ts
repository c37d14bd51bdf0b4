// The machine that is measured, and which of its processors the servers have: all where there are few;
// else all but two, which are left to the load generator, so that it takes nothing from them.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { placeChildren } from './child.ts';

/** Under so many processors none can be spared. */
const fewestForTwoParts = 8;
const generatorProcessors = 2;

export interface Machine {
  readonly processor: string;
  readonly processorCount: number;
  readonly memoryBytes: number;
  readonly node: string;
  /** What every server under test computes with. */
  readonly serverThreads: number;
  /** Whether the load generator has processors of its own. */
  readonly isDivided: boolean;
}

/** `threads` 0: as many as the servers have processors. */
export function describeMachine(threads: number): Machine {
  const processorCount = os.availableParallelism();
  const isDivided = processorCount >= fewestForTwoParts && hasTaskset();
  const available = isDivided ? processorCount - generatorProcessors : processorCount;
  return {
    processor: os.cpus()[0]!.model,
    processorCount,
    memoryBytes: os.totalmem(),
    node: process.version,
    serverThreads: threads === 0 ? available : threads,
    isDivided,
  };
}

/** Gives this process, all its threads, the last processors, and its children the others. */
export function divide(machine: Machine): void {
  if (!machine.isDivided) return;
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const processors = listed(allowed![1]!);
  const own = processors.slice(-generatorProcessors).join(',');
  placeChildren(processors.slice(0, -generatorProcessors).join(','));
  execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', own, String(process.pid)]);
}

/** `0-2,5` -> 0, 1, 2, 5 */
export function listed(ranges: string): number[] {
  return ranges.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, index) => first! + index);
  });
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
