// The page in a real browser, on a real server: texts are written, stopped, and gone on with.

import { describe, expect, test } from 'vitest';
import { chromiumFile, generate, visitor, why, written } from './browser.ts';

const visit = visitor('--max-running', '4');

async function complete(body: object) {
  const response = await fetch(new URL('/v1/completions', visit.server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as { choices: { text: string }[] };
}

describe.skipIf(chromiumFile === null)(`the page${why}`, () => {
  test('writes what the API writes', async () => {
    const page = await visit.open({ hash: 'seed=5&max_tokens=40' });
    expect(await page.title()).toMatch(/Kvasir/);
    await generate(page);
    const sampling = { seed: 5, temperature: 0.8, top_k: 40, max_tokens: 40 };
    const { choices } = await complete({ prompt: 'Once upon a time', ...sampling });
    expect(await page.locator('.tokens').textContent()).toBe(choices[0]!.text);
    expect(await page.locator('.card .facts').textContent()).toMatch(/^40 tokens · perplexity \d/);
  });

  test('shows a text while it is written, and stops it', async () => {
    const page = await visit.open({ hash: 'max_tokens=900' });
    await page.keyboard.press('Control+Enter');
    await page.locator('.writing .token').nth(4).waitFor();
    await page.keyboard.press('Escape');
    await written(page);
    const text = await page.locator('.tokens').textContent();
    expect(text!.length).toBeGreaterThan(0);
    expect(await page.locator('.card .facts').textContent()).toContain('you stopped it');
  });

  test('writes several texts side by side', async () => {
    const page = await visit.open({ hash: 'seed=5&n=3&max_tokens=8' });
    await generate(page);
    const texts = await page.locator('.tokens').allTextContents();
    expect(new Set(texts).size).toBe(3);
    const { choices } = await complete({
      prompt: 'Once upon a time',
      seed: 5,
      n: 3,
      temperature: 0.8,
      top_k: 40,
      max_tokens: 8,
    });
    expect(texts).toEqual(choices.map(({ text }) => text));
  });
});
