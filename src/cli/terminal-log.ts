// The log for people: what elsewhere is a line of JSON, on a terminal is a sentence and what goes with it.

import type { LogStream } from '../http/server-options.ts';

const levels: Readonly<Record<number, string>> = {
  10: 'trace ',
  20: 'debug ',
  40: 'warning: ',
  50: 'error: ',
  60: 'fatal: ',
};

export function terminalLog(output: { write(text: string): unknown }): LogStream {
  return { write: (line) => void output.write(`${readable(line)}\n`) };
}

function readable(line: string): string {
  const { level, time, msg, err, pid, hostname, ...rest } = JSON.parse(line);
  const clock = new Date(time).toTimeString().slice(0, 8);
  const details = Object.entries(rest).map(([name, value]) => ` ${name}=${shown(value)}`);
  const trouble = err === undefined ? '' : `\n${err.stack ?? err.message}`;
  return `${clock} ${levels[level] ?? ''}${msg}${details.join('')}${trouble}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value);
}
