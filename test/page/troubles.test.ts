// What the page says when something goes wrong, and where; and that no text is lost by it.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { chromiumFile, generate, visitor, why, written } from './browser.ts';

const visit = visitor('--max-running', '1', '--max-queue', '1');

/** What screen readers are told at once. */
function alert(page: Page, sentence: string | RegExp) {
  return page.getByRole('alert').filter({ hasText: sentence });
}

const refused = { mayFail: ['/v1/completions'] };

describe.skipIf(chromiumFile === null)(`the page${why}`, () => {
  test('says what is wrong with a setting beside that setting', async () => {
    const page = await visit.open({ ...refused, hash: 'max_tokens=5000' });
    await page.getByRole('button', { name: 'Generate' }).click();
    const control = page.getByLabel('Max tokens');
    await alert(page, /^This model's maximum context length is 1024 tokens/).waitFor();
    expect(await control.getAttribute('aria-invalid')).toBe('true');
    const describedBy = await control.getAttribute('aria-describedby');
    expect(describedBy).toContain(await alert(page, 'maximum').getAttribute('id'));
    expect(await page.locator('.card').count()).toBe(0);
    await control.fill('5');
    await generate(page);
    expect(await alert(page, /./).count()).toBe(0);
    expect(await control.getAttribute('aria-invalid')).toBe(null);
  });

  test('says what is wrong with a setting that cannot be seen, in its own words', async () => {
    const options = { viewport: { width: 360, height: 740 } };
    const page = await visit.open({ ...refused, options, hash: 'n=200' });
    await page.getByRole('button', { name: 'Generate' }).click();
    await alert(page, 'Continuations must be a whole number from 1 to 128, got 200.').waitFor();
    expect(await page.getByLabel('Continuations').isVisible()).toBe(true);
    await page.getByLabel('Continuations').fill('');
    await page.keyboard.type('1e');
    await page.getByRole('button', { name: 'Generate' }).click();
    await alert(page, 'This is not a number.').waitFor();
    expect(await page.locator('.card').count()).toBe(0);
  });

  test('scores until it is stopped', async () => {
    const page = await visit.open({ ...refused });
    let answer = () => {};
    await page.route('**/v1/completions', (route) => {
      answer = () => void route.continue();
    });
    await page.getByRole('button', { name: 'Score' }).click();
    await page.getByRole('button', { name: 'Scoring…' }).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Score', exact: true }).click();
    await page.getByRole('button', { name: 'Scoring…' }).waitFor();
    answer();
    await page.getByRole('article', { name: 'Scored text' }).waitFor();
    await page.locator('#stop:disabled').waitFor();
    expect(await alert(page, /./).count()).toBe(0);
    expect(await page.locator('.card').count()).toBe(1);
  });

  test('says when there is nothing to score, and when there is too much', async () => {
    const page = await visit.open(refused);
    const prompt = page.getByLabel('Prompt', { exact: true });
    await prompt.fill('');
    await page.getByRole('button', { name: 'Score' }).click();
    await alert(page, 'There is no text to score yet').waitFor();
    await prompt.fill('story '.repeat(2000));
    await page.getByRole('button', { name: 'Score' }).click();
    await alert(page, /maximum context length is 1024 tokens/).waitFor();
    expect(await prompt.inputValue()).toHaveLength(12_000);
  });

  test('says when to try again where there is no room', async () => {
    const page = await visit.open({ ...refused, hash: 'max_tokens=5' });
    const leave = new AbortController();
    const url = new URL('/v1/completions', visit.server.url);
    const body = JSON.stringify({
      prompt: 'Once',
      max_tokens: 1000,
      ignore_eos: true,
      stream: true,
    });
    const headers = { 'content-type': 'application/json' };
    const long = () => fetch(url, { method: 'POST', headers, body, signal: leave.signal });
    try {
      await long();
      await long();
      await page.getByRole('button', { name: 'Generate' }).click();
      await alert(page, /Try again in a second\.$/).waitFor();
    } finally {
      leave.abort();
    }
    expect(await page.getByLabel('Prompt', { exact: true }).inputValue()).toBe('Once upon a time');
  });

  test('says that the server is gone, and keeps what was written', async () => {
    const server = await visit.anotherServer();
    const page = await visit.open({ server, mayFail: [server.url.host], hash: 'max_tokens=900' });
    await page.getByRole('button', { name: 'Generate' }).click();
    await page.locator('.writing .token').nth(5).waitFor();
    await server.stop('SIGKILL');
    const card = page.getByRole('article', { name: 'Text 1' });
    await card.getByRole('alert').filter({ hasText: 'The connection was lost' }).waitFor();
    expect(await card.locator('.facts').textContent()).toContain('broken off');
    const text = await card.locator('.tokens').textContent();
    expect(await card.locator('.token').count()).toBeGreaterThan(5);
    await page.locator('#engine-trouble', { hasText: 'cannot be reached' }).waitFor();
    await page.getByRole('button', { name: 'Generate' }).click();
    await alert(page, 'The server cannot be reached. Is it still running?').waitFor();
    expect(await card.locator('.tokens').textContent()).toBe(text);
    expect(await page.locator('.card').count()).toBe(1);
  });

  test('asks for a key where the server does, and keeps it for the tab alone', async () => {
    const keys = path.join(temporaryFolder(), 'keys');
    writeFileSync(keys, 'sk-right\n');
    const server = await visit.anotherServer('--api-keys-file', keys);
    const page = await visit.open({ server, mayFail: ['/v1/models'], hash: 'max_tokens=5' });
    const field = page.getByLabel('API key');
    await field.waitFor();
    await page.locator('#key-input:focus').waitFor();
    await alert(page, 'This server answers to those who have one.').waitFor();
    await field.fill('sk-schlüssel');
    await page.keyboard.press('Enter');
    await alert(page, 'A key has letters, digits and signs of ASCII').waitFor();
    await field.fill('sk-wrong');
    await page.keyboard.press('Enter');
    await alert(page, 'This is not a key of this server.').waitFor();
    await field.fill('sk-right');
    await page.getByRole('button', { name: 'Use this key' }).click();
    await field.waitFor({ state: 'hidden' });
    await generate(page);
    await page.locator('#engine-cache', { hasText: /of \d+ rows/ }).waitFor();
    await page.reload();
    await page.locator('#model', { hasText: 'storyteller' }).waitFor();
    expect(await field.isHidden()).toBe(true);
    expect(await page.evaluate('JSON.stringify({ ...localStorage })')).not.toContain('sk-right');
  });

  test('keeps what was written when a text cannot go on', async () => {
    const page = await visit.open({ ...refused, hash: 'seed=5&max_tokens=6' });
    await generate(page);
    const text = await page.locator('.tokens').textContent();
    await page.getByLabel('Top-k').fill('-5');
    await page.getByRole('button', { name: 'Continue: Text 1' }).click();
    await written(page);
    await alert(page, /^Top-k must be a whole number/).waitFor();
    expect(await page.locator('.tokens').textContent()).toBe(text);
  });
});
