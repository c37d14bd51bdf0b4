// How the requests of a route are read, and how its answers are put: the same events make a completion
// or a chat.

import type { Admit } from './completion/admission.ts';
import type { Completion, CompletionEvent } from './completion/completion.ts';
import type { Usage } from './completion/request.ts';

export interface Dialect {
  /** Begins the ids of answers. */
  readonly idPrefix: string;
  readonly admit: Admit;
  /** A choice that has ended. */
  choice(completion: Completion, whole: CompletionEvent): object;
  /** The answer as one object. */
  whole(completion: Completion, model: string, choices: readonly object[]): object;
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
