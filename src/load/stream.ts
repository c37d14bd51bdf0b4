// One streamed completion, as a client sees it: when it was sent, when each piece of text came, when it
// ended. Speaks OpenAI's completions over server-sent events, which all systems here have in common.

import http from 'node:http';
import { requireLength } from './length.ts';

/** What is asked of /v1/completions; the other fields are each server's own. */
export interface CompletionBody {
  readonly max_tokens: number;
  readonly [field: string]: unknown;
}

export interface CompletionTimes {
  /** All on the clock of `performance.now()`. */
  readonly sentMs: number;
  /** Of each chunk with text. The chunk that only says how it ended has none. */
  readonly chunkMs: readonly number[];
  readonly endMs: number;
  /** As the server counts them. */
  readonly generatedTokens: number;
  readonly text: string;
}

export interface StreamOptions {
  readonly agent: http.Agent;
  /** Between two signs of life. */
  readonly timeoutMs: number;
  readonly onChunk?: () => void;
  /** Besides those that every request has. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Throws `Error` where the server refuses, fails, says nothing for too long, hangs up early, answers with
 * something else than completions, or generates other than `max_tokens` tokens.
 */
export function streamCompletion(
  server: { readonly url: URL },
  body: CompletionBody,
  options: StreamOptions,
): Promise<CompletionTimes> {
  const { agent, timeoutMs, onChunk = () => {} } = options;
  const text = JSON.stringify(body);
  const headers = {
    ...options.headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  };
  return new Promise((resolve, reject) => {
    const sentMs = performance.now();
    const chunkMs: number[] = [];
    const url = new URL('/v1/completions', server.url);
    const request = http.request(url, { method: 'POST', agent, headers }, (reply) => {
      let rest = '';
      let generated = '';
      let generatedTokens = 0;
      let done = false;
      const take = (data: string) => {
        if (data === '[DONE]') {
          done = true;
          return;
        }
        const chunk = readChunk(data);
        generatedTokens = chunk.generatedTokens ?? generatedTokens;
        if (chunk.text === '') return;
        generated += chunk.text;
        chunkMs.push(performance.now());
        onChunk();
      };
      reply.setEncoding('utf8');
      reply.on('data', (piece: string) => {
        const lines = (rest + piece).split('\n');
        rest = lines.pop()!;
        try {
          for (const line of lines) if (line.startsWith(mark)) take(line.slice(mark.length));
        } catch (error) {
          reject(error);
          request.destroy();
        }
      });
      reply.on('error', reject);
      reply.on('end', () => {
        const endMs = performance.now();
        try {
          if (!done) throw new Error(`${url} answered ${reply.statusCode}: ${rest}`);
          requireLength(body, generatedTokens);
        } catch (error) {
          reject(error);
        }
        resolve({ sentMs, chunkMs, endMs, generatedTokens, text: generated });
      });
    });
    request.setTimeout(timeoutMs, () => {
      request.destroy(new Error(`${url} said nothing for ${timeoutMs / 1000} s`));
    });
    request.on('error', reject);
    request.end(text);
  });
}

/** Of the lines that carry data; events here have one each, and comments keep connections alive. */
const mark = 'data: ';

interface Chunk {
  /** Empty where it only says how the completion ended, or how long it is. */
  readonly text: string;
  readonly generatedTokens: number | undefined;
}

/** Throws `Error` for an error of the server, and for anything that is no piece of a completion. */
function readChunk(data: string): Chunk {
  let chunk: {
    readonly error?: { readonly message: string };
    readonly choices?: readonly { readonly text?: string }[];
    readonly usage?: { readonly completion_tokens: number } | null;
  };
  try {
    chunk = JSON.parse(data);
  } catch {
    throw new Error(`the server sent no JSON: ${data}`);
  }
  if (chunk.error) throw new Error(chunk.error.message);
  if (!Array.isArray(chunk.choices)) throw new Error(`the server sent no choices: ${data}`);
  return {
    text: chunk.choices[0]?.text ?? '',
    generatedTokens: chunk.usage?.completion_tokens,
  };
}

/** From sending to the first text; to the end where no text came of it. */
export function ttftMs({ sentMs, chunkMs, endMs }: CompletionTimes): number {
  return (chunkMs[0] ?? endMs) - sentMs;
}

/** Each gap between two chunks with text. */
export function gapsMs({ chunkMs }: CompletionTimes): number[] {
  return chunkMs.slice(1).map((time, index) => time - chunkMs[index]!);
}

/** Time per output token after the first; NaN where there is no second one. */
export function tpotMs(times: CompletionTimes): number {
  const { chunkMs, generatedTokens } = times;
  if (generatedTokens < 2 || chunkMs.length === 0) return Number.NaN;
  return (chunkMs.at(-1)! - chunkMs[0]!) / (generatedTokens - 1);
}
