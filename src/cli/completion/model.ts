// What there is to complete, whatever the shell.

export interface CompletedFlag {
  /** Without dashes. */
  readonly flag: string;
  readonly meaning: string;
  readonly placeholder: string;
  /** Not a switch, which stands alone. */
  readonly takesValue: boolean;
  /** What is offered; other values may be possible. */
  readonly values: readonly string[];
  /** Files and folders are offered, too. */
  readonly takesFile: boolean;
}

export interface CompletedCommand {
  readonly name: string;
  readonly meaning: string;
  /** That may stand without a flag. */
  readonly words: readonly string[];
  readonly flags: readonly CompletedFlag[];
}
