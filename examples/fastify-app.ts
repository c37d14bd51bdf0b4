// A fastify app with a model in it: the whole API below /llm, and a route of its own that uses the same
// model without HTTP.
//
//   PORT=3000 node fastify-app.js

import fastify from 'fastify';
import { kvasir, loadModel } from 'kvasir';

const model = await loadModel('storyteller', { kvMemory: '512MiB' });
const app = fastify({ logger: { level: 'warn' } });
app.addHook('onClose', () => model.close());

await app.register(kvasir, { prefix: '/llm', model, maxBody: '1MiB' });

app.get<{ Querystring: { about?: string } }>('/story', async ({ query }, reply) => {
  // A visitor who leaves ends the text.
  const left = new AbortController();
  reply.raw.on('close', () => left.abort());
  const prompt = `Once upon a time there was ${query.about ?? 'a fox'}`;
  const request = { prompt, max_tokens: 60, temperature: 0.8, top_k: 40, stop: '\n' };
  const { choices } = await model.generate(request, { signal: left.signal });
  return { story: prompt + choices[0]?.text };
});

const address = await app.listen({ port: Number(process.env['PORT'] ?? 3000) });
console.log(`http: ${address}`);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => app.close());
