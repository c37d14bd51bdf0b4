// The document as a server of the tests gives it out, and its schemas as validators. A field of an
// answer that the document does not name counts as a fault, though clients must not mind it.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { FastifyInstance } from 'fastify';
import type {
  Media,
  OpenApiDocument,
  OperationObject,
  Schema,
} from '../../../src/http/openapi/specification.ts';

export class Validators {
  readonly document: OpenApiDocument;
  readonly #ajv = new Ajv2020({ strictTypes: false, validateFormats: false });
  readonly #compiled = new Map<Schema, ValidateFunction>();

  constructor(document: OpenApiDocument) {
    this.document = closed(document, '');
    this.#ajv.addVocabulary(['x-accepts', 'x-role', 'components']);
  }

  /** Of a schema in `document`. */
  of(schema: Schema): ValidateFunction {
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    // With all that it may refer to.
    const validate = this.#ajv.compile({ ...schema, components: this.document.components });
    this.#compiled.set(schema, validate);
    return validate;
  }

  /** What a reference leads to. */
  resolve(schema: Schema): Schema {
    const name = schema.$ref?.split('/').at(-1);
    return name === undefined ? schema : this.document.components.schemas[name]!;
  }

  /** Throws what is wrong with the value. */
  check(schema: Schema, value: unknown): void {
    const validate = this.of(schema);
    if (validate(value)) return;
    throw new Error(`${this.#ajv.errorsText(validate.errors)}: ${JSON.stringify(value)}`);
  }
}

export async function validatorsOf(app: FastifyInstance): Promise<Validators> {
  return new Validators((await app.inject('/openapi.json')).json());
}

export interface DescribedRoute {
  readonly method: string;
  readonly path: string;
  readonly operation: OperationObject;
}

export function routesIn({ paths }: OpenApiDocument): readonly DescribedRoute[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      return { method: method.toUpperCase(), path, operation };
    }),
  );
}

export function bodySchemaOf(operation: OperationObject): Schema | undefined {
  return operation.requestBody?.content['application/json']?.schema;
}

interface Given {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Holds an answer against what the operation says that it answers with. */
export function checkAnswer(
  validators: Validators,
  operation: OperationObject,
  given: Given,
): void {
  const { statusCode, headers, body } = given;
  const described = operation.responses[statusCode];
  if (described === undefined) throw new Error(`${statusCode} is not described: ${body}`);
  const media = mediaFor(described.content ?? {}, String(headers['content-type']));
  for (const name of Object.keys(described.headers ?? {})) {
    if (headers[name.toLowerCase()] === undefined) throw new Error(`${name} is missing`);
  }
  if (isOf(headers, 'text/event-stream')) checkEvents(validators, media.schema, body);
  else validators.check(media.schema, isOf(headers, 'application/json') ? JSON.parse(body) : body);
}

function checkEvents(validators: Validators, schema: Schema, body: string): void {
  if (!body.endsWith('data: [DONE]\n\n')) throw new Error(`a stream without end: ${body}`);
  const events = body.split('\n\n').slice(0, -1);
  for (const data of events.map((event) => event.replace(/^data: /, ''))) {
    validators.check(schema, { data });
    // What a string holds is of no concern to a validator.
    const inside = schema.properties?.['data']?.anyOf?.find((one) => one.contentSchema);
    if (data !== '[DONE]') validators.check(inside!.contentSchema!, JSON.parse(data));
  }
}

function mediaFor(content: Readonly<Record<string, Media>>, type: string): Media {
  const essence = (given: string) => given.split(';')[0]!.trim();
  const found = Object.entries(content).find(([name]) => essence(name) === essence(type));
  if (found === undefined) throw new Error(`the media type ${type} is not described`);
  return found[1];
}

function isOf(headers: Given['headers'], type: string): boolean {
  return String(headers['content-type']).startsWith(type);
}

/** Objects whose fields are listed have no others, but for the document itself. */
function closed<T>(part: T, name: string): T {
  if (Array.isArray(part)) return part.map((item) => closed(item, '')) as T;
  if (typeof part !== 'object' || part === null) return part;
  const inner = Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, closed(value, key)]),
  );
  const isListed = inner['type'] === 'object' && inner['properties'] !== undefined;
  const isOpen = !('additionalProperties' in inner) && name !== 'Document';
  return (isListed && isOpen ? { ...inner, additionalProperties: false } : inner) as T;
}
