// A small server around the plain generator: POST /v1/completions with a prompt of ids, streamed as
// server-sent events. Honest, and no more: no admission, no limits, one batch at a time.
//
//   node dist/bench/plain/main.js ARTIFACT LARGEST_BATCH THREADS

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import ort from 'onnxruntime-node';
import { readManifest } from '../../src/model/artifact.ts';
import { openTokenizer } from '../../src/model/artifact-tokenizer.ts';
import { freeDraw, type SamplingParameters } from '../../src/sampling/parameters.ts';
import { type Generation, Generator } from './generator.ts';

interface Waiting extends Generation {
  end(): void;
}

const [artifact, largestBatch, threads] = process.argv.slice(2);
const manifest = readManifest(artifact!);
const tokenizer = openTokenizer(artifact!, manifest);
const session = await ort.InferenceSession.create(path.join(artifact!, manifest.files[0]!.name), {
  intraOpNumThreads: Number(threads),
  enableMemPattern: false,
});
const generator = new Generator(session, manifest);
const waiting: Waiting[] = [];
let isRunning = false;

async function work(): Promise<void> {
  if (isRunning) return;
  isRunning = true;
  // Those that were sent together arrive one after the other.
  await new Promise((resolve) => setTimeout(resolve, 5));
  while (waiting.length > 0) {
    const batch = waiting.splice(0, Number(largestBatch));
    await generator.run(batch);
    for (const member of batch) member.end();
  }
  isRunning = false;
}

function samplingOf(body: Record<string, number>): SamplingParameters {
  const temperature = body['temperature'] ?? 1;
  if (temperature === 0) return { ...freeDraw, greedy: true };
  const seedLow = body['seed'] ?? 0;
  return { ...freeDraw, inverseTemperature: 1 / temperature, topK: body['top_k'] ?? 0, seedLow };
}

function answer(text: string, reply: http.ServerResponse): void {
  const body = JSON.parse(text);
  const decoder = tokenizer.createDecoder('continuation');
  const write = (chunk: object) => reply.write(`data: ${JSON.stringify(chunk)}\n\n`);
  reply.writeHead(200, { 'content-type': 'text/event-stream' });
  waiting.push({
    promptIds: Int32Array.from(body.prompt),
    maxTokens: body.max_tokens,
    sampling: samplingOf(body),
    onToken: (id) => write({ choices: [{ index: 0, text: decoder.push([id]) }] }),
    end: () => {
      write({ choices: [{ index: 0, text: decoder.end(), finish_reason: 'length' }] });
      write({ choices: [], usage: { completion_tokens: body.max_tokens } });
      reply.end('data: [DONE]\n\n');
    },
  });
  work().catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

const server = http.createServer((request, reply) => {
  if (request.method !== 'POST') return reply.end('ok');
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (piece: string) => {
    text += piece;
  });
  request.on('end', () => answer(text, reply));
  return reply;
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
