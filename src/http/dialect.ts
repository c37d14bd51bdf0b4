// How the answers of a route are put: the same events make a completion or a chat.

import type { Completion, CompletionEvent } from './completion/completion.ts';
import type { Usage } from './completion/request.ts';

export interface Dialect {
  /** The answer as one object. */
  whole(completion: Completion, model: string, choices: readonly CompletionEvent[]): object;
  /** What a stream sends of an event. `usage`: null where the counts come at the end. */
  chunks(
    completion: Completion,
    model: string,
    event: CompletionEvent,
    usage: Usage | null | undefined,
  ): readonly object[];
  /** The last chunk of a stream that was to have its counts. */
  counts(completion: Completion, model: string): object;
}
