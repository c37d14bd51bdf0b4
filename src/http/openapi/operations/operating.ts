// The routes for those who run the server, and those of the document itself.

import type { Operation } from '../operation.ts';

export const operatingOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/health',
    name: 'getHealth',
    group: 'operating',
    summary: 'Answers as long as the process does',
    answers: [{ status: 200, meaning: 'the process answers', schema: 'Done' }],
  },
  {
    method: 'GET',
    path: '/ready',
    name: 'getReady',
    group: 'operating',
    summary: 'Says whether the server would take work now',
    answers: [{ status: 200, meaning: 'it takes work', schema: 'Ready' }],
    refusals: ['draining', 'engine_stopped', 'engine_stalled'],
  },
  {
    method: 'GET',
    path: '/metrics',
    name: 'getMetrics',
    group: 'operating',
    summary: "What the server did so far, in Prometheus' text format and by vLLM's names",
    answers: [
      {
        status: 200,
        meaning: 'the metrics',
        mediaType: 'text/plain; version=0.0.4; charset=utf-8',
      },
    ],
  },
];

export const documentOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/openapi.json',
    name: 'getDocument',
    group: 'documentation',
    summary: 'This document, in OpenAPI 3.1',
    answers: [{ status: 200, meaning: 'the document', schema: 'Document' }],
  },
  {
    method: 'GET',
    path: '/docs',
    name: 'getDocumentPage',
    group: 'documentation',
    summary: 'This document as a page to read',
    answers: [{ status: 200, meaning: 'the page', mediaType: 'text/html; charset=utf-8' }],
  },
];
