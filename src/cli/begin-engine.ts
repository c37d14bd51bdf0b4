// What every command does that computes with a model: finds a device for it, finds or exports it, and
// starts the engine.

import type { ServeSettings } from '../config.ts';
import { startEngine } from '../engine/client.ts';
import type { Engine } from '../engine/engine.ts';
import { chooseDevice, type DeviceChoice, sizesFor } from './device.ts';
import { resolveModel, storedFormats } from './resolve-model.ts';

export type EngineSettings = Parameters<typeof chooseDevice>[0] &
  Parameters<typeof resolveModel>[0] &
  Pick<
    ServeSettings,
    | 'kvMemoryBytes'
    | 'maxRunning'
    | 'maxQueue'
    | 'prefillChunkTokens'
    | 'prefixCache'
    | 'speculation'
    | 'threads'
  >;

export interface BegunEngine {
  readonly artifactDirectory: string;
  readonly choice: DeviceChoice;
  /** What follows from the device where the settings do not say it. */
  readonly sizes: ReturnType<typeof sizesFor>;
  /** Loading the model takes a while, in which other things can be done. */
  readonly starting: Promise<Engine>;
}

/** Throws what `resolveModel` and `chooseDevice` do. */
export async function beginEngine(settings: EngineSettings): Promise<BegunEngine> {
  const choice = chooseDevice(settings, settings, await storedFormats(settings));
  const sizes = sizesFor(choice.device, settings);
  const artifactDirectory = await resolveModel({ ...settings, ...choice.precisions });
  const starting = startEngine({
    artifactDirectory,
    kvMemoryBytes: settings.kvMemoryBytes,
    cuda: choice.cuda,
    ...sizes,
    maxQueue: settings.maxQueue,
    prefixReuse: settings.prefixCache === 'on',
    speculation: settings.speculation,
    threads: settings.threads,
  });
  return { artifactDirectory, choice, sizes, starting };
}
