// One thing that the benchmark can do, by name.

import { describeFlags, type Flags, type FlagValues, readFlags } from './flags.ts';

export interface Command {
  readonly meaning: string;
  usage(name: string): string;
  /** Throws `Error` for flags it does not know or understand. */
  run(given: readonly string[]): Promise<void>;
}

export function command<F extends Flags>(
  meaning: string,
  flags: F,
  run: (values: FlagValues<F>) => Promise<void>,
): Command {
  return {
    meaning,
    usage: (name) => `npm run bench -- ${name} [flags]: ${meaning}\n\n${describeFlags(flags)}`,
    run: (given) => run(readFlags(flags, given)),
  };
}
