// A model in this process: a text as it is generated, several at once, and how likely a sentence is.
//
//   node script.js [PROMPT]

import { loadModel } from 'kvasir';

const prompt = process.argv[2] ?? 'Once upon a time';
const model = await loadModel('storyteller', { kvMemory: '512MiB' });
try {
  process.stdout.write(prompt);
  for await (const { choices } of model.stream({ prompt, max_tokens: 40, top_k: 40, seed: 5 })) {
    process.stdout.write(choices[0]?.text ?? '');
  }
  console.log();

  const { choices, usage } = await model.generate({ prompt, n: 3, max_tokens: 12, seed: 5 });
  for (const { text } of choices) console.log(`- ${JSON.stringify(text)}`);
  console.log(`${usage.completion_tokens} tokens`);

  for (const sentence of ['The king sat on his throne.', 'The throne sat on his king.']) {
    const { perplexity } = await model.score(sentence);
    console.log(`${sentence} ${perplexity.toFixed(0)}`);
  }
} finally {
  await model.close();
}
