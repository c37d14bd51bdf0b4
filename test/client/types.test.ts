// The client's types say what the server's tables say. Most of it is checked by the compiler: a field
// that is added, renamed, or given another type makes `Same` false, and the program no program.

import type { Static } from 'typebox';
import { expect, test } from 'vitest';
import type { Chat, ChatChunk, ChatMessage, StreamedChatRequest } from '../../client/chat-types.ts';
import type {
  Completion,
  CompletionChunk,
  StreamedCompletionRequest,
} from '../../client/completion-types.ts';
import { statuses } from '../../client/errors.ts';
import type {
  Detokenized,
  DetokenizeRequest,
  Model,
  TokenizeRequest,
  Tokens,
} from '../../client/model-types.ts';
import type { StreamOptions } from '../../client/sampling-request.ts';
import type { chatFields, messageFields } from '../../src/http/chat/chat-fields.ts';
import type { streamOptionFields } from '../../src/http/completion/answer-fields.ts';
import type { Field } from '../../src/http/completion/field.ts';
import type { fields } from '../../src/http/completion/fields.ts';
import type * as chats from '../../src/http/openapi/answers/chat.ts';
import type * as completions from '../../src/http/openapi/answers/completion.ts';
import type { model } from '../../src/http/openapi/answers/models.ts';
import type * as tokens from '../../src/http/openapi/answers/tokens.ts';
import { statusOfCode, wireCodes } from '../../src/http/openapi/error-codes.ts';
import type { detokenizeFields, tokenizeFields } from '../../src/http/tokenizer/fields.ts';

type Same<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;

/** Read-only throughout, and however it was put together. */
type Plain<T> = T extends object ? { readonly [K in keyof T]: Plain<T[K]> } : T;

type ValueOf<F> = F extends Field<infer V> ? V : never;
/** Those that ask for nothing, whatever they are set to, are of no use to who writes a request. */
type Useful<T> = keyof {
  [K in keyof T as unknown extends ValueOf<T[K]> ? never : K]: 0;
};
type Needed<T> = keyof {
  [K in keyof T as T[K] extends { readonly isRequired: true } ? K : never]: 0;
};
/** A request as its table has it, but for fields whose values have tables of their own. */
type RequestOf<T, Inner> = {
  readonly [K in Exclude<Useful<T>, Needed<T>> & keyof T]?:
    | (K extends keyof Inner ? Inner[K] : ValueOf<T[K]>)
    | null;
} & {
  readonly [K in Needed<T> & keyof T]: K extends keyof Inner ? Inner[K] : ValueOf<T[K]>;
};
/** `stream` is said by the method that is called. */
type Said<T> = Omit<T, 'stream'>;

type Checks = [
  Same<
    StreamedCompletionRequest,
    RequestOf<Said<typeof fields>, { stream_options: StreamOptions }>
  >,
  Same<
    StreamedChatRequest,
    RequestOf<
      Said<typeof chatFields>,
      { stream_options: StreamOptions; messages: readonly ChatMessage[] }
    >
  >,
  Same<ChatMessage, RequestOf<typeof messageFields, object>>,
  Same<StreamOptions, RequestOf<typeof streamOptionFields, object>>,
  Same<TokenizeRequest, RequestOf<typeof tokenizeFields, object>>,
  Same<DetokenizeRequest, RequestOf<typeof detokenizeFields, object>>,
  Same<Completion, Static<typeof completions.completion>>,
  Same<CompletionChunk, Static<typeof completions.completionChunk>>,
  Same<Chat, Static<typeof chats.chat>>,
  Same<ChatChunk, Static<typeof chats.chatChunk>>,
  Same<Model, Static<typeof model>>,
  Same<Tokens, Static<typeof tokens.tokens>>,
  Same<Detokenized, Static<typeof tokens.text>>,
];
/** Where one is not so, its place in the list is in the compiler's message. */
const allHold: Checks = [
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
  true,
];

test('every type is that of the server', () => {
  expect(allHold).not.toContain(false);
});

test('every code of the server is known, with its status', () => {
  expect(statuses).toEqual(Object.fromEntries(wireCodes.map((code) => [code, statusOfCode(code)])));
});
