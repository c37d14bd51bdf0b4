// A hub as the settings have it, and pulling from it with a bar on the terminal.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { detectTokenizer } from '../../export/checkpoint/tokenizer.ts';
import { parseConfig } from '../../models/gpt2/config.ts';
import type { HubSettings } from '../config.ts';
import { ServeError } from '../errors.ts';
import { systemClock } from '../hub/clock.ts';
import { HubError } from '../hub/errors.ts';
import { Hub, usualPatience, usualPersistence } from '../hub/hub.ts';
import { type ModelName, shownName } from '../hub/model-name.ts';
import { type Plan, pullModel } from '../hub/pull.ts';
import type { PulledModel } from '../hub/pulled.ts';
import { Transport } from '../hub/transport.ts';
import { readSettingFile } from '../setting-file.ts';
import { Progress } from './progress.ts';
import { requireWritableFolder } from './writable.ts';

export type PullPlace = HubSettings & { readonly cacheDirectory: string };

/** Throws `ServeError` (invalid_setting), `HubError`, and `CheckpointError` for a model that could not be served. */
export async function pullWithProgress(name: ModelName, place: PullPlace): Promise<PulledModel> {
  if (place.hubOffline) {
    throw new ServeError(
      'invalid_setting',
      `${shownName(name)} is not pulled: HF_HUB_OFFLINE is set`,
      'HF_HUB_OFFLINE',
    );
  }
  requireWritableFolder('--cache-directory', place.cacheDirectory);
  const transport = new Transport(place);
  const endpoint = new URL(place.hubEndpoint);
  const shown = new Shown(name, place);
  try {
    const hub = new Hub({
      name,
      endpoint,
      token: tokenOf(place),
      transport,
      clock: systemClock,
      persistence: usualPersistence,
      patience: usualPatience,
      onPause: (reason, milliseconds) => shown.pause(reason, milliseconds),
    });
    const { cacheDirectory } = place;
    return await pullModel({ hub, cacheDirectory, clock: systemClock, events: shown, inspect });
  } catch (error) {
    throw error instanceof HubError ? advised(error) : error;
  } finally {
    shown.end();
    await transport.close();
  }
}

function advised(error: HubError): HubError {
  const { problem, message } = error;
  if (problem !== 'unreachable') return error;
  const advice = '--hub-endpoint names another hub, HTTPS_PROXY a proxy to go through';
  return new HubError(problem, `${message}; ${advice}`);
}

/** Whether the exporter would know what to do with the tokenizer: weights take longer to come. */
function inspect(folder: string): void {
  const config = parseConfig(JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')));
  detectTokenizer(folder, config.vocabularySize);
}

/** From the environment or a file, never from the command line, which everybody can read. */
function tokenOf({ hubToken, hubTokenFile }: HubSettings): string {
  if (hubToken !== '' || hubTokenFile === '') return hubToken;
  const flag = '--hub-token-file';
  const token = readSettingFile(flag, hubTokenFile, 'a file with a token of the hub').trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new ServeError('invalid_setting', `${flag}: ${hubTokenFile} holds no token`, flag);
}

class Shown {
  readonly #name: ModelName;
  readonly #place: PullPlace;
  readonly #progress = new Progress();
  #startedAt = 0;
  #bytesBefore = 0;

  constructor(name: ModelName, place: PullPlace) {
    this.#name = name;
    this.#place = place;
  }

  planned({ commit, fileCount, bytes, bytesBrought, bytesThere }: Plan): void {
    const { hubEndpoint, cacheDirectory } = this.#place;
    const there =
      bytesThere > bytes / 100 ? `, ${megabytes(bytesThere)} MB of it here already` : '';
    this.#progress.note(
      `pulling ${shownName(this.#name)} (${commit.slice(0, 12)}) from ${hubEndpoint} into ` +
        `${cacheDirectory}: ${fileCount} files, ${megabytes(bytes)} MB${there}`,
    );
    this.#startedAt = performance.now();
    process.once('exit', this.#tellKept);
    this.#bytesBefore = bytesBrought + bytesThere;
  }

  progress(done: number, total: number): void {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rate = Math.max(0, done - this.#bytesBefore) / Math.max(seconds, 0.001);
    this.#progress.update(
      'pulling',
      done,
      total,
      `${megabytes(done)} of ${megabytes(total)} MB, ${megabytes(rate)} MB/s`,
    );
  }

  waiting(): void {
    this.#progress.note(`another process is pulling ${shownName(this.#name)}: waiting for it`);
  }

  pause(reason: string, milliseconds: number): void {
    this.#progress.note(`${reason}; trying again in ${(milliseconds / 1000).toFixed(0)} s`);
  }

  end(): void {
    this.#progress.end();
    process.off('exit', this.#tellKept);
  }

  /** Whoever interrupts a pull should not have to wonder. */
  readonly #tellKept = (): void => {
    this.#progress.note('interrupted: what has come is kept, and the next pull goes on from there');
  };
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
