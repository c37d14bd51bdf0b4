// A server of the tests that has everything the document can be about: keys, operators, and chats.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describeServer } from '../../../src/http/openapi/document.ts';
import type { OperationObject } from '../../../src/http/openapi/specification.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { says, serve, type TestServer } from '../harness.ts';
import type { ScriptedOptions } from '../scripted-engine.ts';

export const facts = { model: 'storyteller', asksForKeys: true, hasOperators: true } as const;
export const document = describeServer(facts);

const clientKey = 'a-key-of-a-client';
const operatorKey = 'a-key-of-an-operator';
const template = {
  roles: { user: 'Q: {content}\n', assistant: 'A:{content}\n' },
  assistant_prefix: 'A:',
  stop: ['\nQ:'],
};

export async function serveEverything(scripted: ScriptedOptions = {}): Promise<TestServer> {
  const chatTemplateFile = path.join(temporaryFolder(), 'template.json');
  await writeFile(chatTemplateFile, JSON.stringify(template));
  const script = () => says(' a fox and a hen');
  return serve(
    { script, ...scripted },
    { apiKeys: [clientKey], adminKeys: [operatorKey], chatTemplateFile },
  );
}

/** What a client that has read the document sends besides the body. */
export function headersFor({ security = [], requestBody }: OperationObject) {
  const schemes = security.flatMap((scheme) => Object.keys(scheme));
  const key = schemes.includes('operatorBearer') ? operatorKey : clientKey;
  return {
    ...(schemes.length > 0 && { authorization: `Bearer ${key}` }),
    ...(requestBody !== undefined && { 'content-type': 'application/json' }),
  };
}
