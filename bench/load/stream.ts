// One streamed completion, as a client sees it: when it was sent, when each piece of text came, when it
// ended. Speaks OpenAI's completions over server-sent events, which all systems here have in common.

import http from 'node:http';

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
}

/** Throws `Error` where the server refuses, fails, says nothing for too long, or hangs up early. */
export function streamCompletion(
  server: { readonly url: URL },
  body: object,
  options: StreamOptions,
): Promise<CompletionTimes> {
  const { agent, timeoutMs, onChunk = () => {} } = options;
  const text = JSON.stringify(body);
  const headers = {
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
      reply.setEncoding('utf8');
      reply.on('data', (piece: string) => {
        const events = (rest + piece).split('\n\n');
        rest = events.pop()!;
        for (const event of events) {
          const data = event.slice('data: '.length);
          if (data === '[DONE]') {
            done = true;
            continue;
          }
          const chunk = JSON.parse(data);
          if (chunk.error) return reject(new Error(chunk.error.message));
          generatedTokens = chunk.usage?.completion_tokens ?? generatedTokens;
          const added: string = chunk.choices[0]?.text ?? '';
          if (added === '') continue;
          generated += added;
          chunkMs.push(performance.now());
          onChunk();
        }
      });
      reply.on('error', reject);
      reply.on('end', () => {
        const endMs = performance.now();
        if (done) resolve({ sentMs, chunkMs, endMs, generatedTokens, text: generated });
        else reject(new Error(`${url} answered ${reply.statusCode}: ${rest}`));
      });
    });
    request.setTimeout(timeoutMs, () => {
      request.destroy(new Error(`${url} said nothing for ${timeoutMs / 1000} s`));
    });
    request.on('error', reject);
    request.end(text);
  });
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
