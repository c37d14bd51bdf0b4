// Completions that are answered in one piece, so many at a time.

import http from 'node:http';
import { requireLength } from '../../src/load/length.ts';
import type { CompletionBody } from '../../src/load/stream.ts';

/**
 * What a server answers to `body`, parsed. Throws `Error` for anything but 200, for silence, and where
 * other than `max_tokens` tokens were generated.
 */
export async function completeWhole(
  server: { readonly url: URL },
  body: CompletionBody,
  timeoutMs: number,
): Promise<WholeAnswer> {
  const answer = JSON.parse(await post(server, body, timeoutMs)) as WholeAnswer;
  requireLength(body, answer.usage.completion_tokens);
  return answer;
}

function post(
  server: { readonly url: URL },
  body: CompletionBody,
  timeoutMs: number,
): Promise<string> {
  const text = JSON.stringify(body);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  };
  return new Promise((resolve, reject) => {
    const url = new URL('/v1/completions', server.url);
    const request = http.request(url, { method: 'POST', agent: false, headers }, (reply) => {
      const pieces: Buffer[] = [];
      reply.on('data', (piece: Buffer) => pieces.push(piece));
      reply.on('error', reject);
      reply.on('end', () => {
        const answer = Buffer.concat(pieces).toString();
        if (reply.statusCode === 200) resolve(answer);
        else reject(new Error(`${url} answered ${reply.statusCode}: ${answer}`));
      });
    });
    request.setTimeout(timeoutMs, () => {
      request.destroy(new Error(`${url} said nothing for ${timeoutMs / 1000} s`));
    });
    request.on('error', reject);
    request.end(text);
  });
}

export interface WholeAnswer {
  readonly choices: readonly object[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

/** Calls `ask` for 0 .. count - 1, at most `atOnce` at a time; the answers in that order. */
export async function askAll<T>(
  count: number,
  atOnce: number,
  ask: (index: number) => Promise<T>,
): Promise<T[]> {
  const answers = new Array<T>(count);
  let next = 0;
  const client = async () => {
    while (next < count) {
      const index = next++;
      answers[index] = await ask(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, client));
  return answers;
}
