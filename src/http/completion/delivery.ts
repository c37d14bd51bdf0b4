// Whether an answer comes whole or as a stream, and where its token counts go.

import { ServeError } from '../../errors.ts';
import { type answerFields, streamOptionFields } from './answer-fields.ts';
import type { Completion } from './completion.ts';
import type { FieldValues } from './field.ts';
import { readFields } from './read-fields.ts';
import type { Delivery, Usage } from './request.ts';

export function readDelivery(body: FieldValues<typeof answerFields>): Delivery {
  const stream = body.stream ?? false;
  if (body.stream_options === undefined) return { stream, usage: 'never' };
  if (!stream) {
    throw new ServeError(
      'invalid_value',
      'stream_options is only for streams: send it with "stream": true, or leave it out',
      'stream_options',
    );
  }
  const options = readFields(streamOptionFields, body.stream_options, 'stream_options.');
  if (options.include_usage !== true) return { stream, usage: 'never' };
  return { stream, usage: options.continuous_usage_stats === true ? 'every' : 'last' };
}

/** What a chunk says of the counts: nothing, null, or what they are by now. */
export function usageSoFar(
  completion: Pick<Completion, 'usage'>,
  { usage }: Delivery,
): Usage | null | undefined {
  if (usage === 'never') return undefined;
  return usage === 'every' ? completion.usage : null;
}
