// Body in, request out, for chats: the messages become a prompt by the server's template, and from
// there on a chat is a completion.

import { ServeError } from '../../errors.ts';
import type { Admission, Admit, Admitted } from '../completion/admission.ts';
import { buildRequest, type Task } from '../completion/build-request.ts';
import { readDelivery } from '../completion/delivery.ts';
import type { FieldValues } from '../completion/field.ts';
import { readFields } from '../completion/read-fields.ts';
import type { Details } from '../completion/request.ts';
import { checkModelName } from '../completion/served-model.ts';
import { chatFields, messageFields } from './chat-fields.ts';
import { type ChatTemplate, type Message, render } from './template.ts';

type Body = FieldValues<typeof chatFields>;

export const chatIdPrefix = 'chatcmpl';

/** Null: there is no template, and no chat can be had. */
export function admitChatWith(template: ChatTemplate | null): Admit {
  return async (given, admission) => {
    if (template !== null) return admitChat(given, admission, template);
    throw new ServeError(
      'no_chat_template',
      'this server has no chat template: GPT-2 continues texts, so send yours as the prompt of ' +
        'POST /v1/completions, or start the server with --chat-template',
    );
  };
}

async function admitChat(
  given: unknown,
  admission: Admission,
  template: ChatTemplate,
): Promise<Admitted> {
  const { model } = admission;
  const body = readFields(chatFields, given);
  checkModelName(body.model ?? model.name, model.name);
  const delivery = readDelivery(body);
  const count = body.n ?? 1;
  const task: Task = {
    idPrefix: chatIdPrefix,
    prompts: [render(readMessages(body.messages), template)],
    promptField: 'messages',
    cut: null,
    length: readLength(body),
    sampleCount: count,
    returnedCount: count,
    stopStrings: template.stopStrings,
    details: readDetails(body, model.candidateCount),
  };
  return { request: await buildRequest(body, task, admission), delivery };
}

function readMessages(messages: readonly object[]): Message[] {
  return messages.map((message, index) => {
    const { role, content } = readFields(messageFields, message, `messages[${index}].`);
    const isText = typeof content === 'string';
    return { role, content: isText ? content : content.map(({ text }) => text).join('') };
  });
}

function readLength({ max_tokens, max_completion_tokens }: Body) {
  const isContrary =
    (max_tokens ?? max_completion_tokens) !== (max_completion_tokens ?? max_tokens);
  if (isContrary) {
    throw new ServeError(
      'invalid_value',
      `max_tokens must be left out, or be as max_completion_tokens, got ${max_tokens}`,
      'max_tokens',
    );
  }
  return {
    maxTokens: max_completion_tokens ?? max_tokens,
    usualMaxTokens: Number.POSITIVE_INFINITY,
    field: max_tokens === undefined ? 'max_completion_tokens' : 'max_tokens',
  };
}

function readDetails(body: Body, candidateCount: number): Details {
  const { logprobs, top_logprobs } = body;
  if (top_logprobs !== undefined && logprobs !== true) {
    throw new ServeError(
      'invalid_value',
      'top_logprobs is only for log-probabilities: send it with "logprobs": true, or leave it out',
      'top_logprobs',
    );
  }
  return {
    echo: false,
    logprobCount: logprobs === true ? Math.min(top_logprobs ?? 0, candidateCount) : null,
    promptLogprobCount: null,
    tokenIds: body.return_token_ids ?? false,
    namesAreIds: body.return_tokens_as_token_ids ?? false,
  };
}
