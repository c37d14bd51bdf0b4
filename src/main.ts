#!/usr/bin/env node
// The command line's entrance: what is asked for, by whom it is done, and how a failure is told.

import { ArtifactError, CheckpointError } from '../models/errors.ts';
import { type Command, readCommand } from './config.ts';
import { ServeError } from './errors.ts';
import { HubError } from './hub/errors.ts';

const failed = 1;
const misused = 2;
const interrupted = 130;

/** Loads what the command needs, and nothing of the others: a server is ready the sooner. */
async function run(command: Command): Promise<void> {
  switch (command.name) {
    case 'help':
      console.log(command.text);
      return;
    case 'serve':
      return await (await import('./cli/serve.ts')).serve(command.settings);
    case 'export':
      return await (await import('./cli/export.ts')).runExport(command.settings);
    case 'pull':
      return await (await import('./cli/pull.ts')).runPull(command.model, command.settings);
    case 'list':
      return (await import('./cli/list.ts')).runList(command.settings);
    case 'rm':
      return await (await import('./cli/rm.ts')).runRemove(command.model, command.settings);
    case 'init':
      return await (await import('./cli/init.ts')).runInit(command.settings);
    case 'eval':
      return await (await import('./cli/eval.ts')).runEval(command.settings);
    case 'doctor':
      if (!(await (await import('./cli/doctor.ts')).runDoctor(command.settings))) {
        process.exitCode = failed;
      }
      return;
    case 'cuda':
      return await (await import('./cli/cuda-install.ts')).installCuda();
  }
}

/** What the user can mend is told in a sentence; anything else is ours, and shows where it was. */
function tell(error: unknown): number {
  if (error instanceof ServeError && error.code === 'invalid_setting') {
    console.error(error.message);
    return misused;
  }
  const isExplained =
    error instanceof ServeError ||
    error instanceof ArtifactError ||
    error instanceof CheckpointError ||
    error instanceof HubError ||
    (error instanceof Error && 'code' in error && 'syscall' in error);
  console.error(isExplained ? (error as Error).message : error);
  return failed;
}

// Without a listener a signal is lost on a container's first process; `serve` puts its own instead.
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => process.exit(interrupted));

try {
  await run(readCommand(process.argv.slice(2)));
} catch (error) {
  process.exitCode = tell(error);
}
