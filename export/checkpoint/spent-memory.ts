// Large arrays lie outside of the heap that the garbage collector watches: it sees some small objects,
// takes its time, and what was read a while ago still takes gigabytes. So whoever reads tensor after
// tensor says so here, and the collector is made to run once they come to more than a limit.
// `npm run bench -- export` shows what a process takes.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const mostBytes = 2 ** 27;

let collect: (() => void) | null = null;

function collectGarbage(): void {
  if (collect === null) {
    // There is no other door to it than the one that `node --expose-gc` opens.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

let spentBytes = 0;

/** To be called before `bytes` are allocated that will soon be done with, as those before are by now. */
export function spend(bytes: number): void {
  if (spentBytes + bytes > mostBytes) {
    collectGarbage();
    spentBytes = 0;
  }
  spentBytes += bytes;
}
