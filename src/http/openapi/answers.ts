// What the server answers with where all went well, shape by shape. A test holds real answers against
// these.

import { chat, chatChunk } from './answers/chat.ts';
import { completion, completionChunk } from './answers/completion.ts';
import { model, modelList } from './answers/models.ts';
import { aborted, document, done, draining, ready } from './answers/operating.ts';
import { text, tokenizerInfo, tokens } from './answers/tokens.ts';

export const answerSchemas = {
  Completion: completion,
  CompletionChunk: completionChunk,
  Chat: chat,
  ChatChunk: chatChunk,
  Tokens: tokens,
  Text: text,
  TokenizerInfo: tokenizerInfo,
  Model: model,
  ModelList: modelList,
  Done: done,
  Ready: ready,
  Aborted: aborted,
  Draining: draining,
  Document: document,
} as const;
