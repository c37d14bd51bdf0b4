// The routes that say which model there is.

import type { Operation } from '../operation.ts';

export const modelOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/models',
    name: 'listModels',
    group: 'models',
    summary: 'Lists the one model that is served',
    answers: [{ status: 200, meaning: 'the list', schema: 'ModelList' }],
  },
  {
    method: 'GET',
    path: '/v1/models/{model}',
    route: '/v1/models/*',
    name: 'getModel',
    group: 'models',
    summary: 'Describes the model that is served',
    parameters: ({ model }) => [
      {
        name: 'model',
        in: 'path',
        required: true,
        description: 'its name; slashes in it may be written as they are',
        schema: { type: 'string' },
        example: model,
      },
    ],
    answers: [{ status: 200, meaning: 'the model', schema: 'Model' }],
    refusals: ['invalid_request', 'model_not_found'],
  },
];
