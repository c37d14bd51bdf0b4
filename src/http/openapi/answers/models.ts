// The shapes in which models are described.

import { Type } from 'typebox';
import { count, listOf } from './parts.ts';

export const model = Type.Object({
  id: Type.String({ description: 'what to send as `model`' }),
  object: Type.Literal('model'),
  created: count('seconds since 1970 at which the server started'),
  owned_by: Type.String(),
  max_model_len: count('tokens that prompt and completion may have together'),
});

export const modelList = listOf(model);
