// The routes of the page at /.

import type { Operation } from '../operation.ts';

export const pageOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/',
    name: 'getPage',
    group: 'page',
    summary: 'The page to write with, in a browser',
    answers: [{ status: 200, meaning: 'the page', mediaType: 'text/html; charset=utf-8' }],
    refusals: ['route_not_found'],
  },
  {
    method: 'GET',
    path: '/page/{file}',
    route: '/page/*',
    name: 'getPageFile',
    group: 'page',
    summary: 'What the page is made of',
    parameters: () => [
      {
        name: 'file',
        in: 'path',
        required: true,
        description: 'a script, a style or a picture, as the page names it',
        schema: { type: 'string' },
        example: 'src/page/style.css',
      },
    ],
    answers: [{ status: 200, meaning: 'the file', mediaType: 'text/css; charset=utf-8' }],
    refusals: ['route_not_found'],
  },
];
