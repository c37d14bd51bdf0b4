// A failure that the command line tells of in its own words, with the code that the process ends with.

export const exitCodes = {
  done: 0,
  /** It was asked for rightly, and could not be done. */
  failed: 1,
  /** A flag, variable, file or word is not what it may be: asked again, it is refused again. */
  misused: 2,
  /** By SIGINT, as shells count: 128 and the signal's number. */
  interrupted: 130,
  /** By SIGTERM. */
  terminated: 143,
} as const;

export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}
