// What was found: a table for people, and everything as JSON.

import type { PublishedSize } from '../../models/gpt2/config.ts';
import { thisBuild } from '../build.ts';
import { nameOfData } from './known-data.ts';
import { paperValue } from './paper.ts';
import type { Finding, Metric, Subject } from './task.ts';

export interface Reported {
  readonly model: {
    readonly name: string;
    readonly description: readonly string[];
    /** Whose numbers in the paper stand beside; null: it is none of the four. */
    readonly size: PublishedSize | null;
  };
  readonly subject: Pick<Subject, 'contextTokens' | 'strideTokens'>;
  readonly findings: readonly Finding[];
}

/** One line for each measure; what is the same for all of a task stands in its first. */
export function tableOf({ model, findings }: Reported): string {
  const { name, size } = model;
  const paper = size === null ? [] : [`GPT-2 ${size}, paper`];
  const head = ['task', 'measure', name, ...paper, 'tokens', 'seconds', 'tokens/s'];
  const rows = findings.flatMap(({ task, metrics, seconds }) =>
    metrics.map((metric, index) => [
      index === 0 ? task.name : '',
      metric.name,
      shown(metric.value),
      ...(size === null ? [] : [paperShown(size, metric)]),
      ...(index > 0 ? [] : [counted(task.tokenCount), seconds.toFixed(1)]),
      ...(index > 0 ? [] : [counted(task.tokenCount / seconds)]),
    ]),
  );
  return aligned([head, ...rows]);
}

/** Settings, digests of the data and versions, too. */
export function jsonOf(settings: object, { model, subject, findings }: Reported): string {
  const report = {
    model: model.name,
    description: model.description,
    publishedSize: model.size,
    contextTokens: subject.contextTokens,
    strideTokens: subject.strideTokens,
    settings,
    build: thisBuild(),
    tasks: findings.map(({ task, metrics, seconds }) => ({
      task: task.name,
      file: task.data.path,
      bytes: task.data.bytes.length,
      sha256: task.data.sha256,
      knownAs: nameOfData(task.data.sha256),
      tokens: task.tokenCount,
      seconds,
      measures: metrics.map((metric) => ({
        name: metric.name,
        value: metric.value,
        paper: model.size === null ? null : paperOf(model.size, metric),
      })),
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function paperOf(size: PublishedSize, { paper }: Metric): number | null {
  return paper === null ? null : paperValue(size, paper);
}

function paperShown(size: PublishedSize, metric: Metric): string {
  return String(paperOf(size, metric) ?? '');
}

/** Six digits, or all that stand before the point. */
function shown(value: number): string {
  const whole = Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1)));
  const digits = Math.max(0, 5 - whole);
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function counted(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** Words to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => rows[0]!.map((_, column) => row[column] ?? ''));
  const widths = cells[0]!.map((_, column) => {
    return Math.max(...cells.map((row) => row[column]!.length));
  });
  const lines = cells.map((row) =>
    row
      .map((cell, column) => {
        return column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}
