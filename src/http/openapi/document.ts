// The document: every route, put together from the table of routes, the tables that bodies are read
// with, and the shapes of answers.

import { answerSchemas } from './answers.ts';
import { bodySchema } from './body-schema.ts';
import { errorAnswers, errorSchema, meanings, statusOfCode, wireCodes } from './error-codes.ts';
import { introduction } from './introduction.ts';
import {
  type Answer,
  type Body,
  bodyRefusals,
  groups,
  keyRefusals,
  type Operation,
  type ServerFacts,
  usualRefusals,
} from './operation.ts';
import { operationsOf } from './operations.ts';
import { keyHolderOf, securitySchemes, waysToShow } from './security.ts';
import type {
  Media,
  Method,
  OpenApiDocument,
  OperationObject,
  Response,
  Schema,
} from './specification.ts';

/** Of the interface, not of the program. */
const version = '1.0.0';

/** `prefix`: the path that the server's own begin with, where it is part of another. */
export function describeServer(facts: ServerFacts, prefix = ''): OpenApiDocument {
  const paths: Record<string, Partial<Record<Method, OperationObject>>> = {};
  for (const operation of operationsOf(facts)) {
    const method = operation.method.toLowerCase() as Method;
    paths[operation.path] = { ...paths[operation.path], [method]: describe(operation, facts) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Kvasir', version, ...introduction },
    servers: [{ url: prefix || '/', description: 'this server' }],
    tags: Object.entries(groups).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: schemas(facts), securitySchemes: securitySchemes(facts) },
    'x-errors': wireCodes.map((code) => {
      return { code, status: statusOfCode(code), meaning: meanings[code] };
    }),
  };
}

function schemas(facts: ServerFacts): Record<string, Schema> {
  const bodies = operationsOf(facts).flatMap(({ body }) => (body === undefined ? [] : [body]));
  return {
    ...Object.fromEntries(bodies.map(({ name, table }) => [name, bodySchema(table)])),
    ...(answerSchemas as Record<string, object> as Record<string, Schema>),
    Error: errorSchema(wireCodes),
  };
}

function describe(operation: Operation, facts: ServerFacts): OperationObject {
  const { name, group, summary, details, body, answers, rules } = operation;
  const parameters = operation.parameters?.(facts);
  const ways = waysToShow(keyHolderOf(operation, facts));
  const refusals = [
    ...(body === undefined ? [] : bodyRefusals),
    ...(operation.refusals ?? []),
    ...(ways.length === 0 ? [] : keyRefusals),
    ...usualRefusals,
  ];
  return {
    operationId: name,
    tags: [group],
    summary,
    description: details ?? `${summary}.`,
    ...(ways.length === 0 ? {} : { security: ways.map((way) => ({ [way]: [] })) }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: bodyMedia(body) } }),
    responses: { ...successes(answers), ...errorAnswers(refusals) },
    ...(rules === undefined ? {} : { 'x-rules': rules }),
  };
}

function bodyMedia({ name, examples }: Body): Record<string, Media> {
  const named = Object.fromEntries(examples.map((example) => [example.summary, example]));
  return { 'application/json': { schema: reference(name), examples: named } };
}

function successes(answers: readonly Answer[]): Record<string, Response> {
  const responses: Record<string, Response> = {};
  for (const answer of answers) {
    const before = responses[answer.status];
    responses[answer.status] = {
      description: [before?.description, answer.meaning].filter(Boolean).join('; or '),
      ...(answer.status === 101 ? {} : { content: { ...before?.content, ...answerMedia(answer) } }),
    };
  }
  return responses;
}

function answerMedia({ mediaType, schema, eventSchema }: Answer): Record<string, Media> {
  if (schema !== undefined) return { 'application/json': { schema: reference(schema) } };
  if (eventSchema !== undefined) return { 'text/event-stream': { schema: event(eventSchema) } };
  return { [mediaType ?? 'text/plain']: { schema: { type: 'string' } } };
}

/** Of each event, as OpenAPI has it before 3.2 gave streams a keyword of their own. */
function event(name: string): Schema {
  const content: Schema = { anyOf: [reference(name), reference('Error')] };
  const json: Schema = {
    type: 'string',
    contentMediaType: 'application/json',
    contentSchema: content,
  };
  const data: Schema = { anyOf: [{ const: '[DONE]', description: 'the last event' }, json] };
  return { type: 'object', properties: { data }, required: ['data'] };
}

function reference(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}
