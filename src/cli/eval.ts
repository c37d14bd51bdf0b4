// `kvasir eval`: how well a model knows texts, measured through the engine that serves it.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pulling } from '../config/hub-table.ts';
import type { EvalSettings } from '../config.ts';
import { startEngine } from '../engine/client.ts';
import type { EngineFacts } from '../engine/protocol.ts';
import { ServeError } from '../errors.ts';
import { readData } from '../evaluate/data.ts';
import { EngineScorer, mostRunning } from '../evaluate/engine-scorer.ts';
import { measure } from '../evaluate/measure.ts';
import { publishedSizeOf } from '../evaluate/paper.ts';
import { jsonOf, type Reported, tableOf } from '../evaluate/report.ts';
import type { Finding, Subject, Task } from '../evaluate/task.ts';
import { idsTask, textTask } from '../evaluate/text-task.ts';
import { openTokenizer } from '../model/artifact-tokenizer.ts';
import { chooseDevice } from './device.ts';
import { formatsOf } from './formats.ts';
import { Progress } from './progress.ts';
import { resolveModel, storedPrecision } from './resolve-model.ts';

const makers = { text: textTask, ids: idsTask } as const;

export async function runEval(settings: EvalSettings): Promise<void> {
  const asked = filesOf(settings).map(([name, file]) => {
    return { make: makers[name], data: readData(`--${name}`, file) };
  });
  const stored = await storedPrecision(settings);
  const { device, cuda, precisions } = chooseDevice(settings, settings, stored);
  const artifactDirectory = await resolveModel({ ...settings, ...precisions });
  const engine = await startEngine({
    artifactDirectory,
    kvMemoryBytes: settings.kvMemoryBytes,
    cuda,
    maxRunning: mostRunning,
    maxQueue: mostRunning,
    prefillChunkTokens: settings.prefillChunkTokens,
    prefixReuse: false,
    speculation: 'off',
    threads: settings.threads,
  });
  try {
    const { manifest } = engine.facts;
    const subject = subjectOf(engine.facts, artifactDirectory, settings);
    const tasks = asked.map(({ make, data }) => make(data, subject));
    const modelName = path.basename(path.resolve(settings.model));
    const formats = formatsOf(manifest);
    console.error(`${modelName} in ${formats}, device ${device}, ${settings.threads} threads`);
    console.error(
      `windows of ${subject.contextTokens} tokens, ${subject.strideTokens} from one to the next`,
    );
    report(settings, {
      modelName,
      findings: await measured(tasks, new EngineScorer(engine)),
      size: publishedSizeOf(manifest.config),
    });
  } finally {
    await engine.close();
  }
}

/** Throws `ServeError` (invalid_setting) where there is nothing to measure. */
function filesOf(settings: EvalSettings): readonly (readonly [keyof typeof makers, string])[] {
  const files = [
    ['text', settings.textFile],
    ['ids', settings.idsFile],
  ] as const;
  const given = files.filter(([, file]) => file !== '');
  if (given.length > 0) return given;
  const flags = files.map(([name]) => `--${name}`).join(', ');
  throw new ServeError('invalid_setting', `there is nothing to measure: give any of ${flags}`);
}

/** Throws `ServeError` (invalid_setting) where the windows do not fit the model, or one another. */
function subjectOf(
  { manifest }: EngineFacts,
  artifactDirectory: string,
  settings: EvalSettings,
): Subject {
  const { contextLength, vocabularySize } = manifest.config;
  const contextTokens = settings.contextTokens || contextLength;
  const strideTokens = settings.strideTokens || contextTokens;
  if (contextTokens > contextLength) {
    throw new ServeError(
      'invalid_setting',
      `--context ${contextTokens}: this model's context is ${contextLength} tokens`,
      '--context',
    );
  }
  if (strideTokens > contextTokens) {
    throw new ServeError(
      'invalid_setting',
      `--stride ${strideTokens}: windows of ${contextTokens} tokens would leave tokens out`,
      '--stride',
    );
  }
  const tokenizer =
    manifest.tokenizer === 'ids' ? null : openTokenizer(artifactDirectory, manifest);
  return { tokenizer, vocabularySize, contextTokens, strideTokens };
}

async function measured(tasks: readonly Task[], scorer: EngineScorer): Promise<readonly Finding[]> {
  const progress = new Progress();
  try {
    return await measure(tasks, scorer, {
      onProgress: (task, done) => progress.update(task.name, done, task.tokenCount),
      now: () => performance.now(),
    });
  } finally {
    progress.end();
  }
}

function report(settings: EvalSettings, reported: Reported): void {
  console.log(tableOf(reported));
  if (settings.jsonFile !== '')
    writeFileSync(settings.jsonFile, jsonOf(withoutSecrets(settings), reported));
}

/** How a model was pulled changes no result, and has a token among it. */
function withoutSecrets(settings: EvalSettings): object {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !(name in pulling)));
}
