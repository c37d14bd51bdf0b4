// The engine's thread: loads the model, then steps while there is work and sleeps on its message port
// while there is none. Synchronous calls block nobody here; between steps the port is drained.

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { ServeError } from '../errors.ts';
import { loadEngine } from './load.ts';
import type { EngineLoop } from './loop.ts';
import type { EngineOptions, FromEngine, ToEngine } from './protocol.ts';

const port = parentPort!;
const options = workerData as EngineOptions;

function send(message: FromEngine): void {
  port.postMessage(message);
}

function load(): EngineLoop {
  const { loop, facts } = loadEngine(options);
  send({ kind: 'ready', facts });
  return loop;
}

/** False when the engine was told to close. */
function receive(loop: EngineLoop, message: ToEngine): boolean {
  if (message.kind === 'submit') for (const request of message.requests) loop.submit(request);
  else if (message.kind === 'abort') for (const id of message.ids) loop.abort(id);
  else if (message.kind === 'forget') loop.forget();
  return message.kind !== 'close';
}

/** Steps until nothing is left to do; false when the engine was told to close. */
function work(loop: EngineLoop): boolean {
  for (let report = loop.step(); report !== null; report = loop.step()) {
    send(report);
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      if (!receive(loop, next.message as ToEngine)) return false;
    }
  }
  return true;
}

try {
  const loop = load();
  port.on('message', (message: ToEngine) => {
    try {
      if (!(receive(loop, message) && work(loop))) port.close();
    } catch (error) {
      stop(error as Error);
    }
  });
} catch (error) {
  stop(error as Error);
}

function stop(error: Error): void {
  const setting = error instanceof ServeError ? error.param : null;
  send({ kind: 'stopped', reason: error.message, setting });
  port.close();
}
