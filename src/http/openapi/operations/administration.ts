// The routes of operators.

import { abortFields } from '../../admin-routes.ts';
import { adminPrefix } from '../../authentication.ts';
import type { WireCode } from '../error-codes.ts';
import type { Operation } from '../operation.ts';

/** A body is not asked for and not looked at, but one that comes must be right. */
const unneededBody: readonly WireCode[] = [
  'invalid_json',
  'body_too_large',
  'unsupported_media_type',
];

export const administrationOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: `${adminPrefix}abort`,
    name: 'abortRequest',
    group: 'administration',
    summary: 'Ends what a client asked for',
    body: {
      name: 'AbortRequest',
      table: abortFields,
      examples: [{ summary: 'a completion', value: { request_id: 'cmpl-1f0c7a' } }],
    },
    answers: [{ status: 200, meaning: 'it was ended', schema: 'Aborted' }],
    refusals: ['request_not_found'],
    rules: [
      { code: 'request_not_found', param: 'request_id', when: 'nothing of this name is open' },
    ],
  },
  {
    method: 'POST',
    path: `${adminPrefix}drain`,
    name: 'drainServer',
    group: 'administration',
    summary: 'Takes no new work, and lets what is open end',
    answers: [{ status: 202, meaning: 'nothing new is taken from here on', schema: 'Draining' }],
    refusals: unneededBody,
  },
  {
    method: 'POST',
    path: `${adminPrefix}prefix-cache/reset`,
    name: 'resetPrefixCache',
    group: 'administration',
    summary: 'Forgets what the cache keeps of earlier prompts',
    answers: [{ status: 200, meaning: 'it is forgotten', schema: 'Done' }],
    refusals: unneededBody,
  },
];
