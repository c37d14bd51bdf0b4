// What was found, as a table for people.

import type { PublishedSize } from '../../models/gpt2/config.ts';
import { thisBuild } from '../build.ts';
import { paperValue } from './paper.ts';
import type { Finding, Metric } from './task.ts';

export interface Reported {
  readonly modelName: string;
  readonly findings: readonly Finding[];
  /** Whose numbers in the paper stand beside; null: it is none of the four. */
  readonly size: PublishedSize | null;
}

/** One line for each measure; what is the same for all of a task stands in its first. */
export function tableOf({ modelName, findings, size }: Reported): string {
  const paper = size === null ? [] : [`GPT-2 ${size}, paper`];
  const head = ['task', 'measure', modelName, ...paper, 'tokens scored', 'seconds', 'tokens/s'];
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

function paperShown(size: PublishedSize, { paper }: Metric): string {
  return paper === null ? '' : String(paperValue(size, paper));
}

/** Six digits, or all that stand before the point. */
function shown(value: number): string {
  const digits = Math.max(0, 5 - Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1))));
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
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        return column < 2 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

/** Everything: settings, digests of the data, versions. */
export function jsonOf(settings: object, { modelName, findings, size }: Reported): string {
  const report = {
    model: modelName,
    publishedSize: size,
    build: thisBuild(),
    settings,
    tasks: findings.map(({ task, metrics, seconds }) => ({
      task: task.name,
      file: task.data.path,
      bytes: task.data.bytes.length,
      sha256: task.data.sha256,
      scoredTokens: task.tokenCount,
      seconds,
      measures: metrics.map((metric) => ({
        name: metric.name,
        value: metric.value,
        paper: size === null || metric.paper === null ? null : paperValue(size, metric.paper),
      })),
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
