// The log as people read it.

import { expect, test } from 'vitest';
import { terminalLog } from '../../src/cli/terminal-log.ts';

function told(line: object): string {
  let output = '';
  const log = terminalLog({ write: (text) => (output += text) });
  const time = new Date(2026, 0, 2, 3, 4, 5).getTime();
  log.write(`${JSON.stringify({ level: 30, time, pid: 1, hostname: 'here', ...line })}\n`);
  return output;
}

test.each([
  [{ msg: 'listening on http://127.0.0.1:8000' }, 'listening on http://127.0.0.1:8000'],
  [{ level: 40, msg: 'careful' }, 'warning: careful'],
  [{ msg: 'completion', status: 200, outcome: 'ok' }, 'completion status=200 outcome=ok'],
  [{ msg: 'x', route: 'POST /v1', reasons: ['stop'] }, 'x route="POST /v1" reasons=["stop"]'],
  [
    { level: 50, msg: 'bad', err: { message: 'm', stack: 'Error: m\n  at y' } },
    'error: bad\nError: m\n  at y',
  ],
])('%j', (line, expected) => {
  expect(told(line)).toBe(`03:04:05 ${expected}\n`);
});
