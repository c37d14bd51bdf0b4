// The routes of a document, in its order.

import type { Method, OpenApiDocument, OperationObject } from '../openapi/specification.ts';

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: OperationObject;
}

export function routesOf({ paths }: OpenApiDocument): readonly Route[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase() as Uppercase<Method>,
      path,
      operation,
    })),
  );
}
