// A closed loop of streaming clients: each sends its next request when the last one has ended, as
// the tools that measure text-generation servers do. TTFT is from sending to the first chunk with a
// choice; inter-token latency is each gap between such chunks, pooled over all requests.

import http from 'node:http';

export interface Workload {
  readonly clientCount: number;
  readonly requestsPerClient: number;
  readonly promptTokens: number;
  readonly generatedTokens: number;
  readonly vocabularySize: number;
}

export interface LoadResult {
  readonly tokensPerSecond: number;
  readonly ttftMs: readonly number[];
  readonly interTokenMs: readonly number[];
}

/** Never the same twice in a process: a prompt that comes again is found in the cache. */
let promptSeed = 1;

export async function runLoad(url: URL, workload: Workload): Promise<LoadResult> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: workload.clientCount });
  const ttftMs: number[] = [];
  const interTokenMs: number[] = [];
  let tokenCount = 0;

  async function client(): Promise<void> {
    for (let request = 0; request < workload.requestsPerClient; request++) {
      const body = JSON.stringify({
        prompt: randomPrompt(promptSeed++, workload),
        max_tokens: workload.generatedTokens,
        temperature: 0.8,
        top_k: 40,
        seed: promptSeed,
        ignore_eos: true,
        stream: true,
        stream_options: { include_usage: true },
      });
      const sent = performance.now();
      let last = sent;
      const generated = await stream(url, agent, body, () => {
        const now = performance.now();
        if (last === sent) ttftMs.push(now - sent);
        else interTokenMs.push(now - last);
        last = now;
      });
      tokenCount += generated;
    }
  }

  const begun = performance.now();
  await Promise.all(Array.from({ length: workload.clientCount }, client));
  const seconds = (performance.now() - begun) / 1000;
  agent.destroy();
  return { tokensPerSecond: tokenCount / seconds, ttftMs, interTokenMs };
}

/** Prompts that share no prefix, so that nothing can be reused. */
function randomPrompt(seed: number, { promptTokens, vocabularySize }: Workload): number[] {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  return Array.from({ length: promptTokens }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * (vocabularySize - 1));
  });
}

/** Calls `onToken` for each chunk with a choice; returns the completion tokens of the usage chunk. */
function stream(url: URL, agent: http.Agent, body: string, onToken: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const request = http.request(url, { method: 'POST', agent, headers }, (reply) => {
      let rest = '';
      let tokens = 0;
      reply.setEncoding('utf8');
      reply.on('data', (piece: string) => {
        const events = (rest + piece).split('\n\n');
        rest = events.pop()!;
        for (const event of events) {
          const data = event.slice('data: '.length);
          if (data === '[DONE]') continue;
          const chunk = JSON.parse(data);
          if (chunk.error) reject(new Error(chunk.error.message));
          else if (chunk.choices.length > 0) onToken();
          else tokens = chunk.usage.completion_tokens;
        }
      });
      reply.on('error', reject);
      reply.on('end', () => {
        if (reply.statusCode === 200) resolve(tokens);
        else reject(new Error(`${reply.statusCode}: ${rest}`));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
