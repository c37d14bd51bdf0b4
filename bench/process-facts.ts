// What Linux says of a process that is under test.

import { readFileSync } from 'node:fs';

/** Clock ticks per second of /proc: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Memory that belongs to the process alone: no mapped files. NaN where the system does not say. */
export function anonymousBytes(processId: number): number {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  return 1024 * Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]);
}

/** Processor time that it used so far, all threads together. NaN where the system does not say. */
export function processorSeconds(processId: number): number {
  const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
  // The name, in parentheses, may hold anything; user and system time are the 12th and 13th after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
