// The WebSocket protocol, frame by frame, as src/http/socket/frames.ts describes it.

import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { listen, says, serve, turn } from './harness.ts';
import { endOfText } from './scripted-engine.ts';
import { openSocket } from './socket-client.ts';

const usage = (prompt_tokens: number, completion_tokens: number) => ({
  prompt_tokens,
  completion_tokens,
  total_tokens: prompt_tokens + completion_tokens,
  prompt_tokens_details: { cached_tokens: 0 },
});

test('a completion comes in chunks and is done once, with its counts', async () => {
  const server = await serve({ script: () => [...says(' a fox'), endOfText] });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a', prompt: 'Once' });
  const chunk = {
    type: 'completion.chunk',
    id: 'a',
    object: 'text_completion',
    created: 1_750_000_000,
    model: 'storyteller',
  };
  const choice = { index: 0, logprobs: null, finish_reason: null, stop_reason: null };
  expect(await client.untilEnd('a')).toEqual([
    { ...chunk, choices: [{ ...choice, text: ' a' }] },
    { ...chunk, choices: [{ ...choice, text: ' fox' }] },
    { ...chunk, choices: [{ ...choice, text: '', finish_reason: 'stop' }] },
    { type: 'completion.done', id: 'a', usage: usage(1, 3) },
  ]);
});

test('many completions run on one socket at once', async () => {
  const server = await serve({ script: (_, index) => says([' a', ' b', ' c'][index]!) });
  const client = await openSocket(server);
  const texts: Record<string, string> = { x: '', y: '', z: '' };
  for (const id of Object.keys(texts)) {
    client.send({ type: 'completion.create', id, prompt: 'A', max_tokens: 3 });
  }
  for (let openCount = 3; openCount > 0; ) {
    const frame = await client.next();
    if (frame.type === 'completion.chunk') texts[frame.id] += frame.choices[0].text;
    else openCount--;
  }
  expect(texts).toEqual({ x: ' a a a', y: ' b b b', z: ' c c c' });
});

test('a completion that is cancelled is done, with the reason and what was counted', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a') });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a', prompt: 'A', max_tokens: 20 });
  await server.engine.untilOpen(1);
  server.engine.step();
  expect((await client.next()).type).toBe('completion.chunk');
  client.send({ type: 'completion.cancel', id: 'a' });
  expect(await client.next()).toEqual({
    type: 'completion.done',
    id: 'a',
    finish_reason: 'abort',
    usage: usage(1, 1),
  });
  expect(server.engine.aborted).toEqual([0]);
});

test('a create and its cancel may come together', async () => {
  const server = await serve({ pace: 'manual' });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a' });
  client.send({ type: 'completion.cancel', id: 'a' });
  expect(await client.next()).toMatchObject({ type: 'completion.done', finish_reason: 'abort' });
  expect(server.engine.openCount).toBe(0);
});

test('cancelling what is not open is ignored, and the socket goes on', async () => {
  const server = await serve({ script: () => [endOfText] });
  const client = await openSocket(server);
  client.send({ type: 'completion.cancel', id: 'never' });
  client.send({ type: 'completion.create', id: 'a' });
  const frames = await client.untilEnd('a');
  expect(frames.map(({ id }) => id)).toEqual(['a', 'a']);
});

test('an id is free again once its completion is done', async () => {
  const server = await serve({ script: () => [endOfText] });
  const client = await openSocket(server);
  for (let count = 0; count < 3; count++) {
    client.send({ type: 'completion.create', id: 'a' });
    expect((await client.untilEnd('a')).at(-1).type).toBe('completion.done');
  }
});

test('an id that is taken is refused, and the completion that has it goes on', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a') });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a', max_tokens: 1 });
  client.send({ type: 'completion.create', id: 'a', max_tokens: 1 });
  expect(await client.next()).toMatchObject({
    type: 'error',
    id: 'a',
    error: { code: 'duplicate_id', param: 'id' },
  });
  await server.engine.untilOpen(1);
  server.engine.step();
  expect((await client.untilEnd('a')).at(-1).type).toBe('completion.done');
});

test('a request that is refused is an error with its id, in the shape of OpenAI', async () => {
  const server = await serve();
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a', temperature: 3 });
  expect(await client.next()).toEqual({
    type: 'error',
    id: 'a',
    error: {
      message: 'temperature must be a number from 0 to 2, got 3',
      type: 'invalid_request_error',
      param: 'temperature',
      code: 'invalid_value',
    },
  });
});

test.each([
  ['{"type":"completion.create"}', 'invalid_value', 'id'],
  ['{"type":"completion.create","id":""}', 'invalid_value', 'id'],
  ['{"type":"completion.create","id":7}', 'invalid_value', 'id'],
  [`{"type":"completion.create","id":"${'x'.repeat(129)}"}`, 'invalid_value', 'id'],
  ['{"type":"completion.cancel"}', 'invalid_value', 'id'],
  ['{"type":"completion.pause"}', 'invalid_value', 'type'],
  ['{}', 'invalid_value', 'type'],
  ['{"type":', 'invalid_json', null],
  ['[]', 'invalid_request', null],
  ['null', 'invalid_request', null],
])('a frame like %s is an error without an id', async (frame, code, param) => {
  const server = await serve();
  const client = await openSocket(server);
  client.send(frame);
  expect(await client.next()).toMatchObject({ type: 'error', id: null, error: { code, param } });
});

test.each(['{"type":"completion.pause","id":"a"}', '{"id":"a"}'])(
  'a frame like %s has no type we know, and its error has its id',
  async (frame) => {
    const server = await serve();
    const client = await openSocket(server);
    client.send(frame);
    expect(await client.next()).toMatchObject({ type: 'error', id: 'a', error: { param: 'type' } });
  },
);

test('what is wrong with a frame is said of the frame', async () => {
  const server = await serve();
  const client = await openSocket(server);
  client.send('{"type":');
  expect((await client.next()).error.message).toMatch(/^the frame is not valid JSON: /);
});

test('a binary frame is an error, even if it says something', async () => {
  const server = await serve();
  const client = await openSocket(server);
  client.socket.send(Buffer.from('{"type":"completion.create","id":"a"}'));
  expect(await client.next()).toMatchObject({ type: 'error', error: { code: 'invalid_request' } });
});

test('a frame that is too large closes the socket', async () => {
  const server = await serve({}, { maxBodyBytes: 1024 });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a', prompt: 'x'.repeat(2000) });
  expect((await client.closed()).code).toBe(1009);
});

test('closing the socket ends everything on it', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a') });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a', n: 2 });
  client.send({ type: 'completion.create', id: 'b' });
  await server.engine.untilOpen(3);
  server.engine.step();
  client.socket.terminate();
  await server.engine.untilOpen(0);
  expect(server.engine.aborted.toSorted()).toEqual([0, 1, 2]);
});

test('a step that fails is an error to each completion it carried, and the socket goes on', async () => {
  const server = await serve({ pace: 'manual' });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a' });
  await server.engine.untilOpen(1);
  server.engine.failStep('out of memory');
  expect(await client.next()).toMatchObject({ id: 'a', error: { code: 'step_failed' } });
  client.send({ type: 'completion.create', id: 'b' });
  await server.engine.untilOpen(1);
  server.engine.step();
  expect((await client.untilEnd('b')).at(-1).type).toBe('completion.done');
});

test('a full queue is an error that can be tried again', async () => {
  const server = await serve({ capacity: 1 });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a', n: 2 });
  expect(await client.next()).toMatchObject({ id: 'a', error: { code: 'queue_full' } });
});

test('what is generated while a client does not read is sent in few frames', async () => {
  const server = await serve({
    pace: 'manual',
    contextLength: 1_000_000,
    script: () => says(' a'),
  });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a', max_tokens: 900_000 });
  await server.engine.untilOpen(1);
  client.socket.pause();
  const [serverSide] = server.app.websocketServer.clients;
  let stepCount = 0;
  for (; serverSide!.bufferedAmount < 64 * 1024; stepCount++) {
    server.engine.step();
    await turn();
  }
  for (let count = 0; count < 5000; count++) server.engine.step();
  await turn();
  expect(serverSide!.bufferedAmount).toBeLessThan(66 * 1024);
  client.socket.resume();
  let text = '';
  let frameCount = 0;
  for (; text.length < 2 * (stepCount + 5000); frameCount++) {
    text += (await client.next()).choices[0].text;
  }
  expect(text).toBe(' a'.repeat(stepCount + 5000));
  expect(frameCount).toBe(stepCount + 1);
});

test('a client that sends bad frames and never reads is cut off', async () => {
  const server = await serve();
  const client = await openSocket(server);
  client.socket.pause();
  const [serverSide] = server.app.websocketServer.clients;
  const closed = once(serverSide!, 'close');
  const frame = JSON.stringify({ type: 'completion.create', id: 'a', temperature: 'x'.repeat(60) });
  let isOpen = true;
  void closed.then(() => {
    isOpen = false;
  });
  while (isOpen) {
    for (let count = 0; count < 1000; count++) client.send(frame);
    await turn();
  }
});

test('plain GET is told about sockets', async () => {
  const { app } = await serve();
  const response = await app.inject('/v1/completions');
  expect(response.statusCode).toBe(405);
  expect(response.json().error.message).toContain('WebSocket');
});

test('a socket at any other path is refused', async () => {
  const server = await serve();
  const socket = new WebSocket(`${(await listen(server)).replace('http', 'ws')}/v1/chat`);
  const [error] = await once(socket, 'error');
  expect(error.message).toContain('404');
});
