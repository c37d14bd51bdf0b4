// `kvasir eval`: how well a model knows texts, beside what the paper says of GPT-2.

import { writeFileSync } from 'node:fs';
import { pulling } from '../config/hub-table.ts';
import type { EvalSettings } from '../config.ts';
import { ServeError } from '../errors.ts';
import { readData } from '../evaluate/data.ts';
import { lambadaTask } from '../evaluate/lambada-task.ts';
import { measure } from '../evaluate/measure.ts';
import { jsonOf, type Reported, tableOf } from '../evaluate/report.ts';
import type { Finding, Subject, Task } from '../evaluate/task.ts';
import { idsTask, textTask } from '../evaluate/text-task.ts';
import { treebankTask } from '../evaluate/treebank-task.ts';
import { wikitextTask } from '../evaluate/wikitext-task.ts';
import { contextLengthIn } from './checkpoint-folder.ts';
import { type MeasuredModel, openModel } from './eval-model.ts';
import { findModel } from './find-model.ts';
import { Progress } from './progress.ts';
import { requireModel } from './resolve-model.ts';
import { requireWritableFile } from './writable.ts';

const makers = {
  wikitext: wikitextTask,
  ptb: treebankTask,
  lambada: lambadaTask,
  text: textTask,
  ids: idsTask,
} as const;

export async function runEval(settings: EvalSettings): Promise<void> {
  const asked = filesOf(settings).map(([name, file]) => {
    return { make: makers[name], data: readData(`--${name}`, file) };
  });
  if (settings.jsonFile !== '') requireWritableFile('--json', settings.jsonFile);
  requireWindows(settings, await contextLengthFor(settings));
  const model = await openModel(settings);
  try {
    const subject = subjectOf(model, settings);
    const tasks = asked.map(({ make, data }) => make(data, subject));
    console.error(model.description.join('\n'));
    console.error(
      `windows of ${subject.contextTokens} tokens, ${subject.strideTokens} from one to the next`,
    );
    const findings = await measured(tasks, model);
    report(settings, { model, subject, findings });
  } finally {
    await model.close();
  }
}

/** Throws `ServeError` (invalid_setting) where there is nothing to measure. */
function filesOf(settings: EvalSettings): readonly (readonly [keyof typeof makers, string])[] {
  const files = [
    ['wikitext', settings.wikitextFile],
    ['ptb', settings.treebankFile],
    ['lambada', settings.lambadaFile],
    ['text', settings.textFile],
    ['ids', settings.idsFile],
  ] as const;
  const given = files.filter(([, file]) => file !== '');
  if (given.length > 0) return given;
  const flags = files.map(([name]) => `--${name}`).join(', ');
  throw new ServeError('invalid_setting', `there is nothing to measure: give any of ${flags}`);
}

/** Null where only the server knows. */
async function contextLengthFor(settings: EvalSettings): Promise<number | null> {
  if (settings.url !== '') return null;
  const { folder } = await findModel('--model', settings.model, settings);
  requireModel(settings.model, folder);
  return await contextLengthIn(folder);
}

/** Throws `ServeError` (invalid_setting) where the windows do not fit the model, or one another. */
function requireWindows(
  { contextTokens: asked, strideTokens }: EvalSettings,
  contextLength: number | null,
): void {
  const contextTokens = asked || contextLength;
  if (contextLength !== null && asked > contextLength) {
    throw wrong('--context', `${asked}: this model's context is ${contextLength} tokens`);
  }
  if (contextTokens !== null && strideTokens > contextTokens) {
    const reason = `windows of ${contextTokens} tokens would leave tokens out`;
    throw wrong('--stride', `${strideTokens}: ${reason}`);
  }
}

/** Throws `ServeError` (invalid_setting), too. */
function subjectOf(model: MeasuredModel, settings: EvalSettings): Subject {
  const { tokenizer, vocabularySize, bosTokenId, contextLength } = model;
  requireWindows(settings, contextLength);
  const contextTokens = settings.contextTokens || contextLength;
  if (contextTokens === null) {
    throw wrong('--context', 'is required: the server does not say how long its context is');
  }
  const strideTokens = settings.strideTokens || contextTokens;
  const mostDocuments = settings.limit || Number.POSITIVE_INFINITY;
  return { tokenizer, vocabularySize, bosTokenId, contextTokens, strideTokens, mostDocuments };
}

function wrong(flag: string, reason: string): ServeError {
  return new ServeError('invalid_setting', `${flag} ${reason}`, flag);
}

async function measured(
  tasks: readonly Task[],
  { scorer }: MeasuredModel,
): Promise<readonly Finding[]> {
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
  const { jsonFile } = settings;
  if (jsonFile !== '') writeFileSync(jsonFile, jsonOf(withoutSecrets(settings), reported));
}

/** How a model was pulled changes no result, and has a token among it. */
function withoutSecrets(settings: EvalSettings): object {
  const hidden = ['apiKey', ...Object.keys(pulling)];
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !hidden.includes(name)));
}
