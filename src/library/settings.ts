// Options as settings, and which of them belong to a model rather than to a server.

import { optionName } from '../config/options.ts';
import type { Values } from '../config/read.ts';
import { refused } from '../config/read.ts';
import { serve } from '../config/serve-table.ts';
import { readGivenOptions } from '../config.ts';

const { model: _, ...serverTable } = serve;

export { serverTable };

const servingNames = [
  'host',
  'port',
  'chatTemplateFile',
  'apiKeysFile',
  'apiKeys',
  'adminKeysFile',
  'adminKeys',
  'allowedHosts',
  'allowedOrigins',
  'maxOpenRequests',
  'maxSocketRequests',
  'maxBodyBytes',
  'queueTimeoutMs',
  'requestTimeoutMs',
  'drainTimeoutMs',
  'stallTimeoutMs',
  'socketPingMs',
  'logLevel',
  'logPrompts',
] as const satisfies readonly (keyof typeof serverTable)[];

export type ModelTable = Omit<typeof serverTable, (typeof servingNames)[number]>;
export const modelTable = Object.fromEntries(
  Object.entries(serverTable).filter(
    ([name]) => !(servingNames as readonly string[]).includes(name),
  ),
) as ModelTable;

export type ServerSettings = Values<typeof serverTable>;
export type ModelSettings = Values<ModelTable>;

/** Throws `ServeError`: invalid_setting. */
export function readModelOptions(options: object): ModelSettings {
  return readGivenOptions(modelTable, options);
}

/** The same: a name, or a folder. */
export function readModelName(given: unknown): string {
  if (given === undefined) return 'storyteller';
  if (typeof given === 'string' && given !== '') return given;
  throw refused('model', 'model must be a name or a folder, or for a server what loadModel gave');
}

/** The same. */
export function readServerOptions(options: object): ServerSettings {
  return readGivenOptions(serverTable, options);
}

/** Of a model that is there, nothing can be said any more. Throws `ServeError`: invalid_setting. */
export function requireNoModelOptions(options: object): void {
  const names = Object.values(modelTable).map(({ flag }) => optionName(flag));
  const given = Object.entries(options).find(
    ([name, value]) => value !== undefined && names.includes(name),
  );
  if (given === undefined) return;
  const [name] = given;
  throw refused(name, `${name}: the model is loaded already; this is for loadModel to know`);
}
