// The parts of OpenAPI 3.1 that our document has, as types. https://spec.openapis.org/oas/v3.1.1

/** JSON Schema 2020-12; the names that begin with `x-` are ours. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly contentMediaType?: string;
  /** Of the JSON that a string holds. */
  readonly contentSchema?: Schema;
  /** What a field accepts, in words that complete "must be". */
  readonly 'x-accepts'?: string;
  readonly 'x-role'?: 'used' | 'ignored' | 'later' | 'never';
  readonly [keyword: string]: unknown;
}

export interface Media {
  /** Of each event, where it is a stream of events. */
  readonly schema: Schema;
  readonly examples?: Readonly<Record<string, { summary: string; value: object }>>;
}

export interface Header {
  readonly description: string;
  readonly schema: Schema;
}

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, Media>>;
}

/** A refusal of a request that its schema allows, since it depends on more than one field. */
export interface Rule {
  readonly code: string;
  readonly param: string | null;
  readonly when: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: Schema;
  readonly example: string;
}

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  /** Any one of these; left out where no key is asked for. */
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, Media>>;
  };
  readonly responses: Readonly<Record<string, Response>>;
  readonly 'x-rules'?: readonly Rule[];
}

export type SecurityScheme =
  | { readonly type: 'http'; readonly scheme: 'bearer'; readonly description: string }
  | {
      readonly type: 'apiKey';
      readonly in: 'header';
      readonly name: string;
      readonly description: string;
    };

export type Method = 'get' | 'post';

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly summary: string;
    readonly description: string;
  };
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<Method, OperationObject>>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>;
  };
  /** Every code of an error, the status it comes with, and what it means. */
  readonly 'x-errors': readonly { code: string; status: number; meaning: string }[];
}
