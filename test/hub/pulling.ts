// What suites of pulling share: a small GPT-2 at a hub of our own, and a client of it.

import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { configJson } from '../../models/gpt2/config.ts';
import { Hub, usualPatience, usualPersistence } from '../../src/hub/hub.ts';
import { parseModelName } from '../../src/hub/model-name.ts';
import { type Plan, pullModel } from '../../src/hub/pull.ts';
import { Transport } from '../../src/hub/transport.ts';
import { randomTensors, safetensors, tinyConfig } from '../export/tiny-checkpoint.ts';
import { temporaryFolder } from '../support/folders.ts';
import type { HubRepo, HubServer } from '../support/hub-server.ts';
import { TestClock } from '../support/test-clock.ts';

export const firstCommit = '1'.repeat(40);
export const secondCommit = '2'.repeat(40);

export function tinyRepo(commit = firstCommit): HubRepo {
  return {
    commit,
    files: {
      'config.json': Buffer.from(JSON.stringify(configJson(tinyConfig))),
      'generation_config.json': Buffer.from('{"do_sample": true}'),
      'README.md': Buffer.from('# Tiny'),
      'model.safetensors': Buffer.from(safetensors(randomTensors(tinyConfig))),
      'pytorch_model.bin': randomBytes(1000),
      'tf_model.h5': randomBytes(1000),
    },
    small: ['config.json', 'generation_config.json', 'README.md'],
  };
}

export interface Client {
  readonly cacheDirectory: string;
  readonly clock: TestClock;
  readonly plans: Plan[];
  readonly progress: { done: number; total: number }[];
  readonly pauses: string[];
  readonly waits: number;
  pull(model?: string): ReturnType<typeof pullModel>;
}

const nowhere = { httpsProxy: '', httpProxy: '', noProxy: '' };

export function clientOf(
  server: Pick<HubServer, 'origin'>,
  {
    token = '',
    cacheDirectory = path.join(temporaryFolder(), 'cache'),
    clock = new TestClock(),
    inspect = () => {},
  }: {
    inspect?: (folder: string) => void;
    token?: string;
    cacheDirectory?: string;
    clock?: TestClock;
  } = {},
): Client {
  const plans: Plan[] = [];
  const progress: { done: number; total: number }[] = [];
  const pauses: string[] = [];
  let waits = 0;
  return {
    cacheDirectory,
    clock,
    plans,
    progress,
    pauses,
    get waits() {
      return waits;
    },
    async pull(model = 'owner/tiny') {
      const transport = new Transport(nowhere);
      const hub = new Hub({
        name: parseModelName(model)!,
        endpoint: new URL(server.origin),
        token,
        transport,
        clock,
        persistence: usualPersistence,
        patience: usualPatience,
        onPause: (reason) => pauses.push(reason),
      });
      try {
        return await pullModel({
          hub,
          cacheDirectory,
          clock,
          inspect,
          events: {
            planned: (plan) => plans.push(plan),
            progress: (done, total) => progress.push({ done, total }),
            waiting: () => waits++,
          },
        });
      } finally {
        await transport.close();
      }
    },
  };
}
