// docs/errors.md: every code that an answer can carry, from the tables that errors are made of.

import { ServeError } from '../../src/errors.ts';
import {
  meanings,
  remedies,
  statusOfCode,
  type WireCode,
  wireCodes,
} from '../../src/http/openapi/error-codes.ts';
import { errorHeaders, wireError } from '../../src/http/wire-errors.ts';
import { table } from './table.ts';

const introduction = `# Errors

<!-- Written by "npm run docs" from src/errors.ts and src/http/openapi/error-codes.ts; changes belong there. -->

Every error has OpenAI's shape, whatever route it comes from and whether the path exists or not:

\`\`\`json schema="Error"
{
  "error": {
    "message": "unknown field \\"temprature\\"; did you mean temperature?",
    "type": "invalid_request_error",
    "param": "temprature",
    "code": "unknown_field"
  }
}
\`\`\`

\`message\` is for people and may change. \`code\` is for programs: the list below is complete, and a code keeps its meaning and its status. \`param\` is the field that is to blame, or null. \`type\` is OpenAI's coarser word.

A stream that has begun has sent its status already: it ends with an event \`data: {"error": ...}\` and \`data: [DONE]\`. On a WebSocket an error is a frame \`{"type": "error", "id": ..., "error": ...}\`. What was turned away before any work was done for it counts in \`kvasir:rejected_total\`, by code.`;

const ending = `## On the command line

What a command refuses is told in one line on standard error, naming the flag, the variable or the file and what was allowed ([exit codes](command-line.md#exit-codes)).`;

export function errorsPage(): string {
  const statuses = [...new Set(wireCodes.map(statusOfCode))].sort((one, other) => one - other);
  const sections = statuses.map((status) =>
    statusSection(
      status,
      wireCodes.filter((code) => statusOfCode(code) === status),
    ),
  );
  return `${[introduction, ...sections, ending].join('\n\n')}\n`;
}

function statusSection(status: number, codes: readonly WireCode[]): string {
  const sample = errorOf(codes[0]!);
  const { type } = wireError(sample).error;
  const headers = Object.entries(errorHeaders(sample)).map(
    ([name, value]) => `\`${name}: ${value}\``,
  );
  const also = headers.length === 0 ? '' : `, with ${headers.join(', ')}`;
  const rows = codes.map((code) => [
    `\`${code}\``,
    sentence(meanings[code]),
    sentence(remedies[code]),
  ]);
  return [`## ${status}`, `\`${type}\`${also}`, table(['code', 'when', 'what to do'], rows)].join(
    '\n\n',
  );
}

function errorOf(code: WireCode): Error {
  return code === 'internal_error' ? new Error() : new ServeError(code, '');
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
