// What an operator may do, with a key of its own: end one request, stop taking new ones, and forget
// what the cache keeps of old prompts. Without such keys these routes do not exist.

import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Engine } from '../engine/engine.ts';
import { ServeError } from '../errors.ts';
import { adminPrefix } from './authentication.ts';
import { field, required } from './completion/field.ts';
import { readFields } from './completion/read-fields.ts';
import type { Ledger } from './ledger.ts';

export const abortFields = {
  request_id: required(
    field(
      Type.String({ minLength: 1 }),
      'the id of a completion, or the X-Request-Id of its request',
      'which request to end',
    ),
  ),
} as const;

export function addAdminRoutes(app: FastifyInstance, ledger: Ledger, engine: Engine): void {
  app.post(`${adminPrefix}abort`, async (request) => {
    const { request_id: name } = readFields(abortFields, request.body);
    const abortedCount = ledger.abort(name);
    if (abortedCount === 0) {
      throw new ServeError('request_not_found', `no request "${name}" is open`, 'request_id');
    }
    return { aborted: abortedCount };
  });
  app.post(`${adminPrefix}drain`, async (_request, reply) => {
    void app.drain();
    reply.code(202);
    return { status: 'draining', open: ledger.openCount };
  });
  app.post(`${adminPrefix}prefix-cache/reset`, async () => {
    engine.forgetPrefixes();
    return { status: 'ok' };
  });
}
