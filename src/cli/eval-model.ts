// The model that `kvasir eval` measures: in an engine of our own, which is the server's, or on a server
// that runs.

import path from 'node:path';
import type { PublishedSize } from '../../models/gpt2/config.ts';
import type { EvalSettings } from '../config.ts';
import { startEngine } from '../engine/client.ts';
import { EngineScorer } from '../evaluate/engine-scorer.ts';
import { findModel, readsAs } from '../evaluate/http-model.ts';
import { HttpScorer } from '../evaluate/http-scorer.ts';
import { publishedSizeOf } from '../evaluate/paper.ts';
import type { Scorer } from '../evaluate/scorer.ts';
import type { Subject } from '../evaluate/task.ts';
import { openTokenizer } from '../model/artifact-tokenizer.ts';
import { createTokenizer } from '../tokenizer/tokenizer.ts';
import { describeEngine } from './describe-engine.ts';
import { chooseDevice, sizesFor } from './device.ts';
import { resolveModel, storedFormats } from './resolve-model.ts';
import { whileWaiting } from './waiting.ts';

export interface MeasuredModel
  extends Pick<Subject, 'tokenizer' | 'vocabularySize' | 'bosTokenId'> {
  readonly name: string;
  /** What it is, for people. */
  readonly description: readonly string[];
  /** Null: nobody says. */
  readonly contextLength: number | null;
  readonly size: PublishedSize | null;
  readonly scorer: Scorer;
  close(): Promise<void>;
}

export function openModel(settings: EvalSettings): Promise<MeasuredModel> {
  return settings.url === '' ? startModel(settings) : reachModel(settings);
}

async function startModel(settings: EvalSettings): Promise<MeasuredModel> {
  const choice = chooseDevice(settings, settings, await storedFormats(settings));
  const sizes = sizesFor(choice.device, { ...settings, maxRunning: 0 });
  const artifactDirectory = await resolveModel({ ...settings, ...choice.precisions });
  const name = path.basename(path.resolve(settings.model));
  const starting = startEngine({
    artifactDirectory,
    kvMemoryBytes: settings.kvMemoryBytes,
    cuda: choice.cuda,
    ...sizes,
    maxQueue: sizes.maxRunning,
    prefixReuse: false,
    speculation: 'off',
    threads: settings.threads,
  });
  const engine = await whileWaiting(`loading ${name}`, starting);
  const { manifest } = engine.facts;
  const { vocabularySize, contextLength, bosTokenId } = manifest.config;
  return {
    name,
    description: describeEngine(name, engine.facts, choice, settings.threads),
    contextLength,
    vocabularySize,
    bosTokenId,
    tokenizer: manifest.tokenizer === 'ids' ? null : openTokenizer(artifactDirectory, manifest),
    size: publishedSizeOf(manifest.config),
    scorer: new EngineScorer(engine, sizes.maxRunning),
    close: () => engine.close(),
  };
}

/** GPT-2's, which a server is taken to have. */
const vocabularySize = 50257;
const bosTokenId = 50256;

async function reachModel({ url, apiKey }: EvalSettings): Promise<MeasuredModel> {
  const model = await findModel(url, apiKey);
  const tokenizer = createTokenizer('gpt2', vocabularySize);
  const isOurs = await readsAs(model, tokenizer);
  return {
    name: model.name,
    description: [`${model.name} at ${url}${isOurs ? '' : ', which has another vocabulary'}`],
    contextLength: model.contextLength,
    vocabularySize: isOurs ? vocabularySize : 65536,
    bosTokenId,
    tokenizer: isOurs ? tokenizer : null,
    size: null,
    scorer: new HttpScorer(model),
    close: async () => {},
  };
}
