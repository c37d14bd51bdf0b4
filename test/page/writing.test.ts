// The page in a real browser, on a real server: texts are written, stopped, and gone on with.

import { describe, expect, test } from 'vitest';
import { chromiumFile, generate, visitor, why, written } from './browser.ts';

const visit = visitor('--max-running', '4');

describe.skipIf(chromiumFile === null)(`the page${why}`, () => {
  test('writes what the API writes', async () => {
    const page = await visit.open({ hash: 'seed=5&max_tokens=40' });
    expect(await page.title()).toMatch(/Kvasir/);
    await generate(page);
    const sampling = { seed: 5, temperature: 0.8, top_k: 40, max_tokens: 40 };
    const { choices } = await visit.complete({ prompt: 'Once upon a time', ...sampling });
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
    const sampling = { seed: 5, temperature: 0.8, top_k: 40, max_tokens: 8 };
    const { choices } = await visit.complete({ prompt: 'Once upon a time', n: 3, ...sampling });
    expect(texts).toEqual(choices.map(({ text }) => text));
  });

  test('goes on with one of several texts, as the tokens that it consists of', async () => {
    const page = await visit.open({ hash: 'seed=5&n=2&max_tokens=6' });
    await generate(page);
    const [, second] = await page.locator('.tokens').allTextContents();
    const asked = page.waitForRequest('**/v1/completions');
    await page.getByRole('button', { name: 'Continue: Text 2' }).click();
    await written(page);
    const texts = await page.locator('.tokens').allTextContents();
    expect(texts[1]!.startsWith(second!)).toBe(true);
    expect(await page.locator('.card .facts').nth(1).textContent()).toMatch(/^12 tokens/);
    const body = (await asked).postDataJSON();
    expect(body.prompt).toHaveLength(4 + 6);
    const { choices } = await visit.complete({ ...body, stream: false });
    expect(texts[1]).toBe(second! + choices[0]!.text);
  });

  test('goes on past what had ended a text', async () => {
    const page = await visit.open({ hash: 'seed=5&max_tokens=40&stop=.' });
    await generate(page);
    expect(await page.locator('.card .facts').textContent()).toContain('stopped at "."');
    const before = await page.locator('.tokens').textContent();
    await page.getByRole('button', { name: 'Continue: Text 1' }).click();
    await written(page);
    const after = await page.locator('.tokens').textContent();
    expect(after!.startsWith(before!)).toBe(true);
    expect(after!.length).toBeGreaterThan(before!.length);
  });

  test('goes on as far as there is room', async () => {
    const page = await visit.open({ hash: 'seed=5&max_tokens=6' });
    await generate(page);
    await page.getByLabel('Max tokens').fill('1020');
    const asked = page.waitForRequest('**/v1/completions');
    await page.getByRole('button', { name: 'Continue: Text 1' }).click();
    expect((await asked).postDataJSON().max_tokens).toBe(1024 - 4 - 6);
    await page.locator('.writing .token').nth(10).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await written(page);
  });

  test('takes a text over into the prompt, and writes on from its tokens', async () => {
    const page = await visit.open({ hash: 'seed=5&max_tokens=7' });
    await generate(page);
    const text = await page.locator('.tokens').textContent();
    await page.getByRole('button', { name: 'Use as prompt: Text 1' }).click();
    expect(await page.getByLabel('Prompt', { exact: true }).inputValue()).toBe(
      `Once upon a time${text}`,
    );
    const taken = page.waitForRequest('**/v1/completions');
    await generate(page);
    expect((await taken).postDataJSON().prompt).toHaveLength(4 + 7);
    await page.getByLabel('Prompt', { exact: true }).fill('The king');
    const typed = page.waitForRequest('**/v1/completions');
    await generate(page);
    expect((await typed).postDataJSON().prompt).toBe('The king');
  });

  test('takes settings and prompt from its address, and remembers settings', async () => {
    const page = await visit.open({ hash: 'top_k=7&stop=%5Cn&prompt=The+king' });
    expect(await page.getByLabel('Top-k').inputValue()).toBe('7');
    expect(await page.getByLabel('Prompt', { exact: true }).inputValue()).toBe('The king');
    await page.getByLabel('Seed').fill('11');
    await page.waitForURL(/[#&]seed=11(&|$)/);
    await page.goto(visit.server.url.href);
    expect(await page.getByLabel('Seed').inputValue()).toBe('11');
    await page.getByLabel('Max tokens').fill('5');
    const asked = page.waitForRequest('**/v1/completions');
    await generate(page);
    expect((await asked).postDataJSON()).toMatchObject({ top_k: 7, seed: 11, stop: ['\n'] });
    await page.getByRole('button', { name: 'Back to the usual' }).click();
    await page.waitForURL((url) => url.hash === '');
    expect(await page.getByLabel('Top-k').inputValue()).toBe('40');
  });

  test('gives out a link to what it is set to, that opens elsewhere and here', async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    const page = await visit.open({
      options: { permissions },
      hash: 'seed=5&prompt=A+%26+b%0A%C3%A9',
    });
    await page.getByRole('button', { name: 'Copy a link' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const link = (await page.evaluate('navigator.clipboard.readText()')) as string;
    const other = await visit.open({ hash: new URL(link).hash.slice(1) });
    expect(await other.getByLabel('Prompt', { exact: true }).inputValue()).toBe('A & b\né');
    expect(await other.getByLabel('Seed').inputValue()).toBe('5');
    await other.evaluate(`location.hash = 'prompt=Other&top_k=3'`);
    await expect.poll(() => other.getByLabel('Top-k').inputValue()).toBe('3');
    expect(await other.getByLabel('Prompt', { exact: true }).inputValue()).toBe('Other');
    await other.reload();
    expect(await other.getByLabel('Prompt', { exact: true }).inputValue()).toBe('Other');
  });

  test('nothing moves while a text is written but the text', async () => {
    const page = await visit.open({ hash: 'seed=5&max_tokens=60' });
    const places = () =>
      Promise.all(
        ['#stop', '#settings', '#shading', '.card h3', '.card .text', '#engine'].map(
          async (each) => {
            const { x, y, width } = (await page.locator(each).boundingBox())!;
            return { each, x, y, width };
          },
        ),
      );
    await page.getByRole('button', { name: 'Generate' }).click();
    await page.locator('.writing').waitFor();
    const before = await places();
    await written(page);
    expect(await places()).toEqual(before);
  });
});
