// The shapes in which the server speaks of itself.

import { Type } from 'typebox';
import { count } from './parts.ts';

const status = (word: string) => Type.Literal(word);

export const done = Type.Object({ status: status('ok') });
export const ready = Type.Object({ status: status('ready') });
export const aborted = Type.Object({ aborted: count('how many requests had the name') });
export const draining = Type.Object({
  status: status('draining'),
  open: count('requests that are still open'),
});

export const document = Type.Object(
  { openapi: Type.String() },
  { description: 'see spec.openapis.org' },
);
