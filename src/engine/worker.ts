// The engine's thread: loads the model, then steps while there is work and sleeps on its message port
// while there is none. Synchronous calls block nobody here; between steps the port is drained.

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Manifest, signatureSizes } from '../../models/manifest.ts';
import { RowPool } from '../kv/rows.ts';
import { openSession, readManifest } from '../model/artifact.ts';
import { rowBytes, rowsWithin } from '../model/cache-memory.ts';
import { Model } from '../model/model.ts';
import { longestChunk } from '../scheduler/chunks.ts';
import { EngineLoop } from './loop.ts';
import type { EngineOptions, FromEngine, ToEngine } from './protocol.ts';

const port = parentPort!;
const options = workerData as EngineOptions;

function send(message: FromEngine): void {
  port.postMessage(message);
}

function rowCountWithin(manifest: Manifest): number {
  const sizes = signatureSizes(manifest);
  const rows = rowsWithin(sizes, options.kvMemoryBytes);
  if (rows === 0) {
    throw new Error(
      `the cache needs at least one row of ${rowBytes(sizes)} bytes, ` +
        `and its memory is limited to ${options.kvMemoryBytes}: raise --kv-memory`,
    );
  }
  return Math.min(rows, options.maxRunning);
}

function load(): EngineLoop {
  const begun = performance.now();
  const manifest = readManifest(options.artifactDirectory);
  const { contextLength, vocabularySize } = manifest.config;
  const rowCount = rowCountWithin(manifest);
  const session = openSession(options.artifactDirectory, manifest, {
    provider: { kind: 'cpu' },
    threads: options.threads,
    configuration: {},
  });
  const model = new Model(session, manifest, {
    rowCount,
    longestChunk: longestChunk(options.prefillChunkTokens),
  });
  const bytes = rowBytes(signatureSizes(manifest));
  const loop = new EngineLoop(model, {
    rows: new RowPool({ rowCount, contextLength, rowBytes: bytes }),
    prefixReuse: options.prefixReuse,
    maxRunning: options.maxRunning,
    chunkTokens: options.prefillChunkTokens,
    vocabularySize,
    candidateCount: manifest.candidateCount,
    now: () => performance.now(),
  });
  const loadMs = performance.now() - begun;
  send({ kind: 'ready', facts: { manifest, device: 'cpu', rowCount, rowBytes: bytes, loadMs } });
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
  send({ kind: 'stopped', reason: error.message });
  port.close();
}
