// `kvasir serve`: finds or exports the model, starts the engine, listens, and stops when told to.

import type { App } from '../app.ts';
import { readKeys } from '../config/keys.ts';
import type { ServeSettings } from '../config.ts';
import type { Engine } from '../engine/engine.ts';
import { announce } from './announce.ts';
import { beginEngine } from './begin-engine.ts';
import { describeEngine } from './describe-engine.ts';
import { slowProducts } from './int8-products.ts';
import { requireAddress } from './listen-error.ts';
import { terminalLog } from './terminal-log.ts';
import { whileWaiting } from './waiting.ts';

export async function serve(settings: ServeSettings): Promise<void> {
  const keys = readKeys(settings);
  await requireTemplate(settings.chatTemplateFile);
  await requireAddress(settings.host, settings.port);
  const { artifactDirectory, choice, sizes, starting } = await beginEngine(settings);
  const given = { ...settings, ...keys, ...sizes };
  const [engine, { buildApp }, { openTokenizer }] = await whileWaiting(
    `loading ${settings.servedModelName}`,
    loaded(starting),
  );
  const log = process.stdout.isTTY ? { log: terminalLog(process.stdout) } : {};
  try {
    const tokenizer = openTokenizer(artifactDirectory, engine.facts.manifest);
    const app = await buildApp({ engine, tokenizer, settings: given, ...log });
    stopOnSignal(app, engine);
    const { facts } = engine;
    const trouble = choice.device === 'cpu' ? slowProducts(facts.manifest.precision) : null;
    for (const warning of [trouble, ...facts.warnings]) if (warning) app.log.warn(warning);
    const { servedModelName, threads } = settings;
    await announce(app, given, describeEngine(servedModelName, facts, choice, threads));
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Before a checkpoint is exported for it. Throws `ServeError` (invalid_setting). */
async function requireTemplate(file: string): Promise<void> {
  if (file === '') return;
  const { readChatTemplate } = await import('../http/chat/template.ts');
  await readChatTemplate(file);
}

/** While the engine's thread loads the model, this one loads the rest of the program. */
async function loaded(starting: Promise<Engine>) {
  return Promise.all([starting, import('../app.ts'), import('../model/artifact-tokenizer.ts')]);
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
