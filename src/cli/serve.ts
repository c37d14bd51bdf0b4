// `kvasir serve`: finds or exports the model, starts the engine, listens, and stops when told to.

import type { App } from '../app.ts';
import { readKeys } from '../config/keys.ts';
import type { ServeSettings } from '../config.ts';
import { startEngine } from '../engine/client.ts';
import type { Engine } from '../engine/engine.ts';
import { announce } from './announce.ts';
import { chooseDevice, type DeviceChoice } from './device.ts';
import { formatsOf } from './formats.ts';
import { slowProducts } from './int8-products.ts';
import { resolveModel } from './resolve-model.ts';
import { terminalLog } from './terminal-log.ts';

export async function serve(settings: ServeSettings): Promise<void> {
  const given = { ...settings, ...readKeys(settings) };
  const choice = chooseDevice(settings.device);
  const starting = startEngine({
    artifactDirectory: await resolveModel(settings),
    kvMemoryBytes: settings.kvMemoryBytes,
    maxRunning: settings.maxRunning,
    maxQueue: settings.maxQueue,
    prefillChunkTokens: settings.prefillChunkTokens,
    prefixReuse: settings.prefixCache === 'on',
    speculation: settings.speculation,
    threads: settings.threads,
  });
  const [engine, { buildApp }, { createTokenizer }] = await loaded(starting);
  const { tokenizer: kind, config } = engine.facts.manifest;
  const tokenizer = createTokenizer(kind, config.vocabularySize);
  const log = process.stdout.isTTY ? { log: terminalLog(process.stdout) } : {};
  try {
    const app = await buildApp({ engine, tokenizer, settings: given, ...log });
    stopOnSignal(app, engine);
    const trouble = slowProducts(engine.facts.manifest.precision);
    if (trouble !== null) app.log.warn(trouble);
    await announce(app, given, describe(settings, engine, choice));
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** While the engine's thread loads the model, this one loads the rest of the program. */
async function loaded(starting: Promise<Engine>) {
  return Promise.all([starting, import('../app.ts'), import('../tokenizer/tokenizer.ts')]);
}

/** The first signal drains; a second one does not wait. */
function stopOnSignal(app: App, engine: Engine): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(1);
    stopping = true;
    await app.drain();
    await app.close();
    await engine.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.removeAllListeners(signal).on(signal, stop);
  }
}

function describe(settings: ServeSettings, engine: Engine, choice: DeviceChoice): string[] {
  const { manifest, rowCount, rowBytes, loadMs } = engine.facts;
  const millions = (manifest.parameterCount / 1e6).toFixed(1);
  const gibibytes = ((rowCount * rowBytes) / 1024 ** 3).toFixed(2);
  return [
    `${settings.servedModelName}: ${millions} M parameters in ${formatsOf(manifest)}, ` +
      `loaded in ${(loadMs / 1000).toFixed(2)} s`,
    `device ${choice.device}: ${choice.reason}; ${settings.threads} threads`,
    `cache: ${rowCount} rows of ${manifest.config.contextLength} tokens, ${gibibytes} GiB reserved`,
  ];
}
