// A route as the document describes it: what it takes, what it answers with, and what it refuses.

import type { FieldTable } from '../completion/field.ts';
import type { answerSchemas } from './answers.ts';
import type { WireCode } from './error-codes.ts';
import type { Parameter, Rule } from './specification.ts';

/** What of one server the document tells. */
export interface ServerFacts {
  readonly model: string;
  readonly asksForKeys: boolean;
  readonly hasOperators: boolean;
}

export interface Operation {
  readonly method: 'GET' | 'POST';
  /** With parameters in braces. */
  readonly path: string;
  /** The path as the router has it, where it differs. */
  readonly route?: string;
  readonly name: string;
  readonly group: Group;
  readonly summary: string;
  /** CommonMark, of which the page understands paragraphs, `code`, and blocks between ```. */
  readonly details?: string;
  readonly parameters?: (facts: ServerFacts) => readonly Parameter[];
  readonly body?: Body;
  readonly answers: readonly Answer[];
  /** Besides those of every route, and of every body. */
  readonly refusals?: readonly WireCode[];
  readonly rules?: readonly Rule[];
}

export interface Body {
  /** Of its schema, in the document. */
  readonly name: string;
  readonly table: FieldTable;
  readonly examples: readonly { readonly summary: string; readonly value: object }[];
}

export interface Answer {
  readonly status: 101 | 200 | 202;
  readonly meaning: string;
  /** Where it is text. */
  readonly mediaType?: string;
  /** Where it is JSON. */
  readonly schema?: AnswerName;
  /** Where it is a stream: of each event. */
  readonly eventSchema?: AnswerName;
}

type AnswerName = keyof typeof answerSchemas;

export const groups = {
  completions: 'Texts that the model writes',
  tokens: 'Texts as the model sees them',
  models: 'What there is to write with',
  operating: 'How the server is doing',
  administration: 'For operators, with keys of their own',
  page: 'A page to write with',
  documentation: 'This document',
} as const;

export type Group = keyof typeof groups;

/** Any body can be refused for these. */
export const bodyRefusals: readonly WireCode[] = [
  'invalid_json',
  'invalid_request',
  'unknown_field',
  'invalid_value',
  'body_too_large',
  'unsupported_media_type',
];

/** Any request can be refused for these. */
export const usualRefusals: readonly WireCode[] = [
  'forbidden_host',
  'forbidden_origin',
  'internal_error',
];

/** Any request that is to show a key. */
export const keyRefusals: readonly WireCode[] = ['missing_api_key', 'invalid_api_key'];

/** What asks for work, besides: its fields, and a server that has no room or no time for it. */
export const workRefusals: readonly WireCode[] = [
  'unsupported_value',
  'context_length_exceeded',
  'model_not_found',
  'queue_full',
  'too_many_requests',
  'draining',
  'engine_stopped',
  'queue_timeout',
  'request_timeout',
  'request_aborted',
  'step_failed',
];
