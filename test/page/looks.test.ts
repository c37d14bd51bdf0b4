// How the page comes across: to the eye in light and dark and on small screens, to those who do not see
// it, and what it tells of the engine.

import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumFile, generate, visitor, why, written } from './browser.ts';
import { contrasts } from './contrast.ts';

const visit = visitor('--max-running', '4');

/** A page with something of everything on it. */
async function full(page: Page): Promise<Page> {
  await generate(page);
  await page.locator('.token').nth(3).click();
  await page.getByRole('dialog').waitFor();
  return page;
}

describe.skipIf(chromiumFile === null)(`the page${why}`, () => {
  test.each(['light', 'dark'] as const)('can be read in %s', async (colorScheme) => {
    const hash = 'seed=5&n=2&max_tokens=60&temperature=2&top_k=0';
    const page = await full(await visit.open({ options: { colorScheme }, hash }));
    const found = await contrasts(page);
    expect(found.length).toBeGreaterThan(60);
    expect(found.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
  });

  test('is as light or dark as the system, or as its reader wants it', async () => {
    const page = await visit.open({ options: { colorScheme: 'dark' } });
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await ground();
    await page.getByRole('button', { name: "Colours: your system's" }).click();
    const light = await ground();
    expect(light).not.toBe(dark);
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await ground()).toBe(light);
    await page.getByRole('button', { name: 'Colours: light' }).click();
    expect(await ground()).toBe(dark);
    await page.reload();
    expect(await ground()).toBe(dark);
    await page.getByRole('button', { name: 'Colours: dark' }).click();
    expect(await ground()).toBe(light);
  });

  test('fits on every screen, with all that it shows', async () => {
    const page = await visit.open({ hash: 'seed=5&n=2&max_tokens=30' });
    const beyond = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    await generate(page);
    for (const width of [1280, 1024, 768, 390, 320]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate(beyond), `${width}`).toBe(0);
      await page.locator('.token').nth(8).click();
      const panel = page.getByRole('dialog');
      await panel.waitFor();
      expect(await page.evaluate(beyond), `${width}, with the panel`).toBe(0);
      const { x, width: panelWidth } = (await panel.boundingBox())!;
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + panelWidth).toBeLessThanOrEqual(width);
      await page.keyboard.press('Escape');
      await panel.waitFor({ state: 'hidden' });
    }
  });

  test('has a name for everything that can be used', async () => {
    const page = await full(await visit.open({ hash: 'seed=5&n=2&max_tokens=10' }));
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    const roles = ['button', 'textbox', 'slider', 'spinbutton', 'checkbox', 'link', 'dialog'];
    const used = nodes
      .filter(
        ({ ignored, role }) => !ignored && [...roles, 'article', 'form'].includes(role?.value),
      )
      .map(({ role, name }) => ({ role: role?.value as string, name: name?.value as string }));
    expect(roles.filter((role) => !used.some((node) => node.role === role))).toEqual([]);
    expect(used.filter(({ name }) => (name ?? '').trim() === '')).toEqual([]);
  });

  test('says to those who listen what happens', async () => {
    const page = await visit.open({ hash: 'seed=5&max_tokens=6' });
    await generate(page);
    const said = page.locator('#announcer[role=status]');
    await said.filter({ hasText: 'Done: 6 tokens.' }).waitFor();
    await page.locator('.token').first().focus();
    await said.filter({ hasText: /she: .* %/ }).waitFor();
  });

  test('is shaded by surprise, in more than colour, unless it is not to be', async () => {
    const page = await visit.open({ hash: 'seed=5&max_tokens=40' });
    await generate(page);
    const style = () =>
      page.evaluate(`(() => {
        const { backgroundColor, textDecorationLine } = getComputedStyle(
          document.querySelector('.tokens .s3'),
        );
        return [backgroundColor, textDecorationLine];
      })()`);
    expect(await style()).toEqual(['rgb(248, 201, 138)', 'underline']);
    await page.getByLabel('Shade by surprise').uncheck();
    expect(await style()).toEqual(['rgba(0, 0, 0, 0)', 'none']);
    await page.reload();
    expect(await page.getByLabel('Shade by surprise').isChecked()).toBe(false);
  });

  test('shows how the engine is doing, for as long as somebody looks', async () => {
    const page = await visit.open({ hash: 'max_tokens=900&n=2&top_k=5' });
    await page.locator('#engine-cache', { hasText: '0 of 4 rows' }).waitFor();
    await page.getByRole('button', { name: 'Generate' }).click();
    await page.locator('#engine-running', { hasText: '2' }).waitFor();
    await page.locator('#engine-cache', { hasText: '2 of 4 rows' }).waitFor();
    await page.locator('#engine-rate', { hasText: /^[1-9]\d*$/ }).waitFor();
    expect(await page.locator('#engine-curve').getAttribute('d')).toMatch(/,(?!19.0)[\d.]+H/);
    await page.getByRole('button', { name: 'Stop' }).click();
    await written(page);
    await page.locator('#engine-running', { hasText: '0' }).waitFor();
  });

  test('asks nothing while nobody looks', async () => {
    const page = await visit.open();
    await page.locator('#engine-rate', { hasText: /\d/ }).waitFor();
    await page.clock.install();
    const hide = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
         document.dispatchEvent(new Event('visibilitychange'));`,
      );
    await hide(true);
    let askedCount = 0;
    page.on('request', () => askedCount++);
    await page.clock.runFor(10_000);
    expect(askedCount).toBe(0);
    const asked = page.waitForRequest('**/metrics');
    await hide(false);
    await asked;
  });
});
