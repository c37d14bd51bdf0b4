// Where a setting's value comes from: its flag, its environment variable, a file, or nowhere, which
// leaves the default. The first that has one wins.

import type { Machine, Setting } from './kinds.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A value of a settings' file, and where it stands there. */
export interface FileValue {
  readonly value: unknown;
  /** `kvasir.json, serve`. */
  readonly place: string;
}

export interface Given {
  readonly flags: ReadonlyMap<string, string>;
  readonly environment: Environment;
  /** By the names of flags. */
  readonly file: ReadonlyMap<string, FileValue>;
  readonly machine: Machine;
}

/** `name`: as a refusal calls it. */
export type Located =
  | { readonly from: 'flag' | 'variable'; readonly name: string; readonly text: string }
  | {
      readonly from: 'file';
      readonly name: string;
      readonly place: string;
      readonly value: unknown;
    }
  | { readonly from: 'nowhere' };

export function variableOf(setting: Pick<Setting<unknown>, 'flag' | 'variable'>): string {
  if (setting.variable !== null) return setting.variable;
  return `KVASIR_${setting.flag.toUpperCase().replaceAll('-', '_')}`;
}

export function locate(setting: Setting<unknown>, given: Omit<Given, 'machine'>): Located {
  const { flags, environment, file } = given;
  const text = flags.get(setting.flag);
  if (text !== undefined) return { from: 'flag', name: `--${setting.flag}`, text };
  const variable = variableOf(setting);
  const set = environment[variable] ?? lowerCase(setting, environment);
  if (set !== undefined && set !== '' && !fromKubernetes(set)) {
    return { from: 'variable', name: variable, text: set };
  }
  const found = file.get(setting.flag);
  if (found === undefined) return { from: 'nowhere' };
  return { from: 'file', name: `${found.place}: ${setting.flag}`, ...found };
}

/** Names that others chose are found in lower case, too: `https_proxy`. */
function lowerCase({ variable }: Setting<unknown>, environment: Environment): string | undefined {
  return variable === null ? undefined : environment[variable.toLowerCase()];
}

/** Beside a Service called kvasir, Kubernetes sets KVASIR_PORT=tcp://..., which nobody chose. */
function fromKubernetes(value: string): boolean {
  return /^(tcp|udp|sctp):\/\//.test(value);
}
