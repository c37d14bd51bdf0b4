// What the hub refuses, as its user reads it.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { HubServer } from '../support/hub-server.ts';
import { clientOf, tinyRepo } from './pulling.ts';

let server: HubServer;
beforeEach(async () => {
  server = await HubServer.start({ 'owner/tiny': tinyRepo() });
});
afterEach(async () => {
  await server.stop();
});

test.each([
  ['nobody/gtp2', 'missing', /has no model nobody\/gtp2: did you mean gpt2\?$/],
  ['nobody/nothing', 'missing', /has no model nobody\/nothing$/],
  ['owner/tiny@v7', 'missing', /^owner\/tiny has no revision v7$/],
])('%s', async (name, problem, message) => {
  await expect(clientOf(server).pull(name)).rejects.toMatchObject({
    problem,
    message: expect.stringMatching(message),
  });
});

test.each([
  [401, {}, '', /has no such model, or only for those it knows: set HF_TOKEN if it is private$/],
  [401, { 'x-error-code': 'GatedRepo' }, '', /is gated: accept its terms at http.*, and set HF_T/],
  [403, { 'x-error-code': 'GatedRepo' }, 'hf_x', /is gated: .*, with the account whose token/],
  [401, { 'x-error-message': 'Invalid\ttoken' }, 'hf_x', /refuses this token \(Invalidtoken\)$/],
  [403, { 'x-error-code': 'RepoNotFound' }, 'hf_x', /no such model, or not for this token/],
  [418, { 'x-error-message': 'teapot' }, '', /answers 418 \(teapot\) to \/api\/models\/owner/],
])('status %i with %j', async (status, headers, token, message) => {
  server.misbehave('revision', { status, headers });
  const client = clientOf(server, { token });
  await expect(client.pull()).rejects.toThrow(message);
  expect(client.clock.slept).toEqual([]);
});

test('a signed address that has expired is signed anew', async () => {
  server.misbehave('model.safetensors', { cutAfter: 100 }, { status: 403 });
  await clientOf(server).pull();
  expect(
    server.requestsFor('/resolve/1111111111111111111111111111111111111111/model'),
  ).toHaveLength(3);
});
