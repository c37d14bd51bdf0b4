// From a model's name to its folder: a built-in model, a folder, a model that was pulled, or, where
// that is allowed, one that is pulled now.

import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PullingSettings } from '../config.ts';
import { ServeError } from '../errors.ts';
import { type ModelName, parseModelName, publishedNames, shownName } from '../hub/model-name.ts';
import { findPulled, type PulledModel, repoFolderName } from '../hub/pulled.ts';
import { nearest } from '../nearest.ts';
import { noteUse } from './uses.ts';

const builtInNames = ['storyteller'] as const;

export function isBuiltIn(model: string): boolean {
  return builtInNames.some((name) => name === model);
}

export interface FoundModel {
  readonly folder: string;
  /** What people call it: a built-in name, a path, or a name at a hub. */
  readonly name: string;
  /** The same, short, and fit to be the beginning of a file's name. */
  readonly label: string;
}

export type FindSettings = PullingSettings & { readonly cacheDirectory: string };

/** For those whose model is a folder or built in. */
export const withoutHub: PullingSettings = {
  pull: 'never',
  hubEndpoint: 'https://huggingface.co',
  hubToken: '',
  hubTokenFile: '',
  hubOffline: true,
  httpsProxy: '',
  httpProxy: '',
  noProxy: '',
};

/** `flag`: which setting named it. Throws `ServeError` (invalid_setting), `HubError`. */
export async function findModel(
  flag: '--model' | '--checkpoint',
  model: string,
  settings: FindSettings,
): Promise<FoundModel> {
  const builtIn = builtInNames.find((name) => name === model);
  if (builtIn !== undefined) {
    return { folder: builtInFolder(builtIn), name: builtIn, label: builtIn };
  }
  const given = path.resolve(model);
  if (existsSync(given) && statSync(given).isDirectory()) {
    return { folder: given, name: given, label: path.basename(given) };
  }
  if (existsSync(given)) throw aFile(flag, model);
  const name = parseModelName(model);
  if (name === null) throw refused(flag, model);
  const pulled = findPulled(settings.cacheDirectory, name);
  return found(name, pulled ?? (await pullIfAllowed(flag, name, settings)));
}

function found(name: ModelName, { folder }: PulledModel): FoundModel {
  noteUse(folder, null);
  return { folder, name: shownName(name), label: repoFolderName(name) };
}

async function pullIfAllowed(
  flag: string,
  name: ModelName,
  settings: FindSettings,
): Promise<PulledModel> {
  const obstacle =
    settings.pull === 'never'
      ? '--pull is never'
      : settings.hubOffline
        ? 'HF_HUB_OFFLINE is set'
        : null;
  if (obstacle !== null) {
    throw new ServeError(
      'invalid_setting',
      `${flag} ${shownName(name)} is neither a folder nor a model in ${settings.cacheDirectory}, ` +
        `and is not pulled: ${obstacle}`,
      flag,
    );
  }
  const { pullWithProgress } = await import('./hub-client.ts');
  return await pullWithProgress(name, settings);
}

function aFile(flag: string, model: string): ServeError {
  return new ServeError(
    'invalid_setting',
    `${flag} ${model}: this is a file; name the folder that the model's files lie in`,
    flag,
  );
}

function refused(flag: string, model: string): ServeError {
  const close = nearest(model, [...builtInNames, ...publishedNames]);
  const folder = path.resolve(model);
  const isPath = /^[.~/]|[/\\].*[/\\]/.test(model);
  const reason = isPath
    ? `there is no folder ${folder}; besides folders, there are `
    : `this is neither a folder (${folder}), nor `;
  return new ServeError(
    'invalid_setting',
    `${flag} ${model}: ${reason}the built-in model ${builtInNames.join(', ')}` +
      `${isPath ? ' and ' : ', nor '}names at the hub (${publishedNames.join(', ')}, or owner/repo)` +
      `${close === null ? '' : `: did you mean ${close}?`}`,
    flag,
  );
}

/** Beside the sources, or beside the folder that they are compiled into. */
function builtInFolder(name: string): string {
  const candidates = ['../../models/', '../../../models/'].map((models) =>
    fileURLToPath(new URL(`${models}${name}`, import.meta.url)),
  );
  return candidates.find((folder) => existsSync(path.join(folder, 'config.json')))!;
}
