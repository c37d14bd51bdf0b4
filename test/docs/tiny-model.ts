// A GPT-2 in the smallest shape that reads GPT-2's vocabulary, as a hub has it.

import { configJson } from '../../models/gpt2/config.ts';
import { randomTensors, safetensors, tinyConfig } from '../export/tiny-checkpoint.ts';
import type { HubRepo } from '../support/hub-server.ts';

const config = {
  ...tinyConfig,
  vocabularySize: 50257,
  contextLength: 1024,
  bosTokenId: 50256,
  eosTokenIds: [50256],
  width: 8,
  headCount: 1,
  innerWidth: 16,
};

export function tinyFiles(): HubRepo['files'] {
  return {
    'config.json': Buffer.from(JSON.stringify(configJson(config))),
    'model.safetensors': Buffer.from(safetensors(randomTensors(config))),
  };
}

/** `digit`: what its commit is made of. */
export function tinyModel(digit: string): HubRepo {
  return { commit: digit.repeat(40), files: tinyFiles(), small: ['config.json'] };
}
