// What a server needs before it can be put together: its settings, and a model, its own or a borrowed one.

import type { AppSettings } from '../app.ts';
import { readKeys } from '../config/keys.ts';
import { LoadedModel, load } from './loaded-model.ts';
import type { ServerOptions } from './server.ts';
import {
  readModelName,
  readServerOptions,
  requireNoModelOptions,
  type ServerSettings,
} from './settings.ts';

export interface Prepared {
  readonly model: LoadedModel;
  /** Whether it is for us to close. */
  readonly owned: boolean;
  readonly settings: AppSettings & Pick<ServerSettings, 'port'>;
}

/** Throws what `loadModel` does. */
export async function prepare({ model: given, ...options }: ServerOptions): Promise<Prepared> {
  if (given instanceof LoadedModel) requireNoModelOptions(options);
  const settings = readServerOptions(options);
  const keys = readKeys(settings);
  const model = given instanceof LoadedModel ? given : await load(readModelName(given), settings);
  const { facts, limits } = model;
  return {
    model,
    owned: model !== given,
    settings: { ...settings, ...keys, ...limits, servedModelName: facts.name },
  };
}
