#!/usr/bin/env node
// The command line's entrance: what is asked for, by whom it is done, and how a failure is told.

import { ArtifactError, CheckpointError } from '../models/errors.ts';
import { CommandError, exitCodes } from './cli/command-error.ts';
import { painter } from './cli/style.ts';
import { type Command, needsFurther, readCommand, sourceOf } from './config.ts';
import { ServeError } from './errors.ts';
import { UnusableServer } from './evaluate/http-model.ts';
import { HubError } from './hub/errors.ts';

/** Loads what the command needs, and nothing of the others: a server is ready the sooner. */
async function run(command: Command): Promise<void> {
  switch (command.name) {
    case 'help':
      console.log(command.text);
      return;
    case 'serve':
      return await (await import('./cli/serve.ts')).serve(command.settings);
    case 'generate':
      return await (await import('./cli/generate.ts')).runGenerate(command);
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
    case 'bench':
      return await (await import('./cli/bench.ts')).runBench(command.settings);
    case 'doctor':
      if (!(await (await import('./cli/doctor.ts')).runDoctor(command.settings))) {
        process.exitCode = exitCodes.failed;
      }
      return;
    case 'completion':
      return (await import('./cli/completion.ts')).runCompletion(command.shell);
    case 'cuda':
      return await (await import('./cli/cuda-install.ts')).installCuda();
  }
}

/** What the user can mend is told in a sentence; anything else is ours, and shows where it was. */
function tell(error: unknown, command: Command | null): number {
  if (error instanceof CommandError) {
    console.error(painter(process.stderr)('red', error.message));
    return error.exitCode;
  }
  if (error instanceof ServeError && error.kind === 'invalid') {
    console.error(painter(process.stderr)('red', error.message + origin(command, error.param)));
    return exitCodes.misused;
  }
  const isExplained =
    error instanceof ServeError ||
    error instanceof ArtifactError ||
    error instanceof CheckpointError ||
    error instanceof HubError ||
    error instanceof UnusableServer ||
    (error instanceof Error && 'code' in error && 'syscall' in error);
  console.error(isExplained ? painter(process.stderr)('red', (error as Error).message) : error);
  return exitCodes.failed;
}

/** A refusal that speaks of a flag may be about a value that came from elsewhere. */
function origin(command: Command | null, param: string | null): string {
  const source = command === null || param === null ? null : sourceOf(command, param);
  return source === null || source === param ? '' : ` (${param} is from ${source})`;
}

/** Reads the command line; what it needs for that is loaded where it is needed, and nowhere else. */
async function commandOf(words: readonly string[]): Promise<Command> {
  const { stdout } = process;
  const writing = { paint: painter(stdout), width: stdout.columns || null };
  if (!needsFurther(words)) return readCommand(words, writing);
  const { generateFields: table, fieldGroups: groups } = await import('./cli/generate-fields.ts');
  return readCommand(words, { ...writing, further: { table, groups } });
}

// Without a listener a signal is lost on a container's first process; `serve` puts its own instead.
process.on('SIGINT', () => process.exit(exitCodes.interrupted));
process.on('SIGTERM', () => process.exit(exitCodes.terminated));
// Whoever reads has seen enough: `kvasir list | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.done);
  throw error;
});

// Progress and notes that nobody reads stop no work.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

let command: Command | null = null;
try {
  command = await commandOf(process.argv.slice(2));
  await run(command);
} catch (error) {
  process.exitCode = tell(error, command);
}
