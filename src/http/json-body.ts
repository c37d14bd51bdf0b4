// JSON is the only body there is. Fastify's own parser is not used: it refuses the names `__proto__`
// and `constructor` in words of its own, and bodies here are never merged into anything, only read by
// a table that knows its fields.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ServeError } from '../errors.ts';

export function addJsonBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => parseJson(body),
  );
}

/** `what` it is that is parsed, for the refusal. Throws `ServeError`: invalid_json. */
export function parseJson(text: string, what = 'body'): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const where = text === '' ? 'it is empty' : (error as SyntaxError).message;
    throw new ServeError('invalid_json', `the ${what} is not valid JSON: ${where}`);
  }
}
