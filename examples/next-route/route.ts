// A route handler as Next.js has it (app/api/story/route.ts): asks a Kvasir server, and streams what
// comes through to the browser as server-sent events. The key stays here.

import { createClient, KvasirError } from 'kvasir/client';

const client = createClient(process.env['KVASIR_URL'] ?? 'http://127.0.0.1:8000', {
  apiKey: process.env['KVASIR_API_KEY'],
});

export async function POST(request: Request): Promise<Response> {
  const { prompt } = (await request.json()) as { prompt: string };
  // Whoever asked leaves, or reads no further.
  const left = new AbortController();
  const signal = AbortSignal.any([request.signal, left.signal]);
  const chunks = client.stream(
    { prompt, max_tokens: 200, temperature: 0.8, top_k: 40 },
    { signal },
  );

  // What the server refuses, it refuses before the first chunk.
  let next = chunks.next();
  try {
    await next;
  } catch (error) {
    if (!(error instanceof KvasirError)) throw error;
    const { message, code } = error;
    return Response.json({ error: { message, code } }, { status: error.status ?? 502 });
  }

  const encoder = new TextEncoder();
  const events = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await next;
      if (done) {
        controller.close();
        return;
      }
      const text = value.choices[0]?.text ?? '';
      controller.enqueue(encoder.encode(`data: ${JSON.stringify({ text })}\n\n`));
      next = chunks.next();
      // Whether it fails is found when it is asked for.
      next.catch(() => {});
    },
    cancel: () => left.abort(),
  });
  return new Response(events, { headers: { 'content-type': 'text/event-stream' } });
}
