// What the page shows of a single token, and what becomes of a text when another one is taken.

import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumFile, generate, visitor, why, written } from './browser.ts';

const visit = visitor('--max-running', '4');

async function tokensOf(page: Page): Promise<string[]> {
  return page.locator('.tokens .token').allTextContents();
}

describe.skipIf(chromiumFile === null)(`a token on the page${why}`, () => {
  test('shows what else it might have been to who points at it', async () => {
    const page = await visit.open({ hash: 'seed=5&max_tokens=12' });
    await generate(page);
    await page.locator('.token').nth(2).hover();
    const panel = page.getByRole('dialog', { name: /^In place of/ });
    await panel.waitFor();
    const { choices } = await visit.complete({
      prompt: 'Once upon a time',
      seed: 5,
      temperature: 0.8,
      top_k: 40,
      max_tokens: 12,
      logprobs: 10,
    });
    const { tokens, token_logprobs, top_logprobs } = choices[0]!.logprobs!;
    const best = Object.entries(top_logprobs[2]!).slice(0, 10);
    const shown = await panel.locator('.name').allTextContents();
    expect(shown.slice(0, 10)).toEqual(best.map(([name]) => name.replace(' ', '␣')));
    const shares = await panel.locator('.share').allTextContents();
    for (const [index, [, logprob]] of best.entries()) {
      expect(Number.parseFloat(shares[index]!)).toBeCloseTo(Math.exp(logprob) * 100, 0);
    }
    expect(await panel.locator('[aria-current=true] .name').textContent()).toBe(
      tokens[2]!.replace(' ', '␣'),
    );
    const bits = (-token_logprobs[2]! / Math.LN2).toFixed(1);
    expect(await panel.locator('#candidates-facts').textContent()).toContain(`${bits} bits`);
    await page.mouse.move(5, 5);
    await panel.waitFor({ state: 'hidden' });
  });

  test('is reached by keyboard, and so is another one in its place', async () => {
    const page = await visit.open({ hash: 'seed=5&max_tokens=12' });
    await generate(page);
    await page.getByLabel('Shade by surprise').focus();
    await page.keyboard.press('Tab');
    for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowRight');
    expect(await page.locator('.token:focus').getAttribute('data-index')).toBe('5');
    const before = await tokensOf(page);
    const asked = page.waitForRequest('**/v1/completions');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.candidate:focus').getAttribute('aria-current')).toBe('true');
    // The one that was taken is the last where it is not among the likeliest.
    const isLast = (await page.locator('li:last-child > .candidate:focus').count()) === 1;
    await page.keyboard.press(isLast ? 'ArrowUp' : 'ArrowDown');
    const name = await page.locator('.candidate:focus .name').textContent();
    await page.keyboard.press('Enter');
    const body = (await asked).postDataJSON();
    await written(page);
    const after = await tokensOf(page);
    expect(after.slice(0, 5)).toEqual(before.slice(0, 5));
    expect(after[5]).toBe(name!.replaceAll('␣', ' ').replaceAll('⏎', '\n'));
    expect(after[5]).not.toBe(before[5]);
    expect(after).toHaveLength(6 + 12);
    expect(await page.locator('.token:focus').getAttribute('data-index')).toBe('5');
    // The model was given the very tokens: those of the prompt, those before, and the other one.
    expect(body.prompt).toHaveLength(4 + 6);
    const { choices } = await visit.complete({ ...body, stream: false });
    expect(after.slice(6).join('')).toBe(choices[0]!.text);
    await page.getByRole('button', { name: 'Older version of Text 1' }).click();
    expect(await tokensOf(page)).toEqual(before);
    await page.getByRole('button', { name: 'Newer version of Text 1' }).click();
    expect(await tokensOf(page)).toEqual(after);
  });

  test('gives way to another one while the text is still written', async () => {
    const page = await visit.open({ hash: 'seed=5&n=2&max_tokens=300' });
    await page.getByRole('button', { name: 'Generate' }).click();
    const first = page.getByRole('article', { name: 'Text 1' });
    await first.locator('.token').nth(6).waitFor();
    const before = (await first.locator('.token').allTextContents()).slice(0, 3);
    await first.locator('.token').nth(3).click();
    await page.locator('.candidate:not([aria-current])').first().click();
    await first.getByText('2 of 2').waitFor();
    await first.locator('.token').nth(8).waitFor();
    // What is written now goes into the newer version, whichever is shown.
    await page.getByRole('button', { name: 'Older version of Text 1' }).click();
    const older = await first.locator('.token').count();
    await page.getByRole('article', { name: 'Text 2' }).locator('.token').nth(60).waitFor();
    expect(await first.locator('.token').count()).toBe(older);
    await page.getByRole('button', { name: 'Newer version of Text 1' }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await written(page);
    expect((await first.locator('.token').allTextContents()).slice(0, 3)).toEqual(before);
    expect(await page.locator('.card').count()).toBe(2);
  });

  test('is left alone by a pointer that text runs under', async () => {
    const page = await visit.open({ hash: 'seed=5&max_tokens=150' });
    await page.getByRole('button', { name: 'Generate' }).click();
    const first = page.locator('.tokens .token').first();
    await first.waitFor();
    const { x, y, height } = (await first.boundingBox())!;
    // Where a later line will be.
    await page.mouse.move(x, y + height * 6);
    await written(page);
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.mouse.move(x + 2, y + height / 2);
    await page.getByRole('dialog').waitFor();
  });

  test('closes what it shows when a new text moves it away', async () => {
    const page = await visit.open({ hash: 'seed=5&max_tokens=4' });
    await generate(page);
    await page.locator('.token').nth(2).focus();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Control+Enter');
    await page.getByRole('article', { name: 'Text 2' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await written(page);
  });

  test('answers a tap on a small screen, and is not hidden by what it shows', async () => {
    const viewport = { width: 390, height: 800 };
    const options = { viewport, hasTouch: true, isMobile: true };
    const page = await visit.open({ options, hash: 'seed=5&max_tokens=12' });
    await generate(page);
    await page.locator('.token').nth(4).tap();
    const panel = page.getByRole('dialog');
    await panel.waitFor();
    const { y } = (await panel.boundingBox())!;
    const token = (await page.locator('.token').nth(4).boundingBox())!;
    expect(token.y + token.height).toBeLessThanOrEqual(y);
    expect(token.y).toBeGreaterThanOrEqual(0);
    await page.getByRole('button', { name: 'Close' }).tap();
    await panel.waitFor({ state: 'hidden' });
  });
});

describe.skipIf(chromiumFile === null)(`a text that is scored${why}`, () => {
  const text = 'Once upon a time there was a 🦊 who had three sons.';

  async function scored() {
    const page = await visit.open();
    await page.getByLabel('Prompt', { exact: true }).fill(text);
    await page.getByRole('button', { name: 'Score' }).click();
    await page.locator('.card .token').first().waitFor();
    return page;
  }

  test("has the API's numbers", async () => {
    const page = await scored();
    const body = { prompt: text, echo: true, max_tokens: 0, logprobs: 1, seed: 1 };
    const { choices } = await visit.complete(body);
    const logprobs = choices[0]!.logprobs!.token_logprobs;
    const known = logprobs.filter((logprob) => logprob !== null);
    const mean = known.reduce((sum, one) => sum + one, 0) / known.length;
    const facts = await page.locator('.card .facts').textContent();
    expect(facts).toContain(`${logprobs.length} tokens`);
    const [, perplexity] = /perplexity ([\d.,]+)/.exec(facts!)!;
    expect(Number(perplexity!.replace(',', '')) / Math.exp(-mean)).toBeCloseTo(1, 2);
    expect(await page.locator('.tokens').textContent()).toBe(text);
    expect(await page.locator('.token').count()).toBe(logprobs.length);
    for (const at of [1, 4, logprobs.length - 1]) {
      await page.locator('.token').nth(at).focus();
      const bits = (-logprobs[at]! / Math.LN2).toFixed(1);
      await page.locator('#candidates-facts', { hasText: `${bits} bits` }).waitFor();
    }
    await page.locator('.token').first().focus();
    await page.locator('#candidates-facts', { hasText: 'Nothing comes before it' }).waitFor();
  });

  test('shows tokens that are parts of a character as such', async () => {
    const page = await scored();
    const parts = page.locator('.token.part');
    // The first token is a space and the beginning of the character, the last one completes it.
    expect(await parts.count()).toBe(1);
    await parts.hover();
    await page.getByRole('dialog', { name: 'In place of bytes a6' }).waitFor();
    expect(await page.locator('.token.part + .token:not(.part)').textContent()).toBe('🦊');
  });

  test('is gone on with from any of its tokens', async () => {
    const page = await scored();
    await page.getByLabel('Max tokens').fill('8');
    const before = await tokensOf(page);
    await page.locator('.token').nth(4).hover();
    await page.locator('.candidate:not([aria-current])').nth(1).click();
    await written(page);
    const after = await tokensOf(page);
    expect(after.slice(0, 4)).toEqual(before.slice(0, 4));
    expect(after).toHaveLength(5 + 8);
  });
});
