// What a command is given beside its flags, where it must be given something.

import { refused, type Words } from './read.ts';
import { commands, type Shell, shells } from './table.ts';

/** Of `kvasir cuda`. Throws `ServeError` (invalid_setting). */
export function requireInstall(operand: string | null): void {
  if (operand === 'install') return;
  throw refused(
    operand ?? 'cuda',
    `kvasir cuda${operand === null ? '' : ` ${operand}`}: there is "kvasir cuda install" only`,
  );
}

/** Throws `ServeError` (invalid_setting). */
export function shellOf(operand: string | null): Shell {
  const shell = shells.find((known) => known === operand);
  if (shell !== undefined) return shell;
  const { placeholder, accepts } = commands.completion.operand;
  const got = operand === null ? '' : `, got "${operand}"`;
  throw refused(placeholder, `kvasir completion needs a ${placeholder}: ${accepts}${got}`);
}

/** Throws `ServeError` (invalid_setting). */
export function operandOf(name: 'pull' | 'rm', { operand }: Words): string {
  if (operand !== null) return operand;
  const { placeholder, accepts } = commands[name].operand;
  throw refused(placeholder, `kvasir ${name} needs a ${placeholder}: ${accepts}`);
}
