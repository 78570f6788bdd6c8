import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launch, screenshotFolder, visit } from './browser.ts';
import { startEasel } from './easel.ts';
import { findViolations } from './violations.ts';

const LINE = '/imagine prompt: a red fox aspect: 16:9 seed: 7';

const executable = findChromium();
if (executable === undefined) {
  console.warn('The end-to-end tests are skipped: no Chromium on the PATH (Debian: apt-get install chromium).');
}
const folder = screenshotFolder();
/** `README_SCREENSHOT=docs/playground.png npm run test:e2e` draws the picture of the README anew. */
const portrait = process.env.README_SCREENSHOT;
let browser: Browser;

beforeAll(async () => {
  if (executable !== undefined) browser = await launch(executable);
});
afterAll(() => browser?.close());

const box = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const messages = (page: Page) => page.getByRole('log').getByRole('article');
const pictures = (page: Page, name: string) => page.getByRole('log').getByRole('img', { name });
const press = (within: Page | Locator, name: string) => within.getByRole('button', { name, exact: true }).click();

async function say(page: Page, line: string): Promise<void> {
  await box(page).fill(line);
  await box(page).press('Enter');
}

/** The nth finished picture with that prompt, once it is painted and loaded. */
async function seePicture(page: Page, prompt: string, nth: number): Promise<void> {
  const picture = pictures(page, prompt).nth(nth);
  await picture.waitFor();
  await expect
    .poll(
      () =>
        picture.evaluate((image: { complete: boolean; naturalWidth: number }) => image.complete && image.naturalWidth),
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0);
}

async function become(page: Page, name: string): Promise<void> {
  await press(page, `${name} ${name === 'Morgan' ? 'Moderator' : 'Member'}`);
  await page.getByRole('button', { name: new RegExp(`^${name}`), pressed: true }).waitFor();
}

describe.skipIf(executable === undefined)('the playground in a browser', () => {
  it.each(['dark', 'light'] as const)('paints, varies, informs, deletes and remembers (%s)', async (colorScheme) => {
    const easel = await startEasel();
    const { page, complaints, expectDowntime } = await visit(browser, {
      colorScheme,
      viewport: { width: 1440, height: 900 },
    });
    const shot = (name: string) => page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
    const wrong: string[] = [];
    const check = async (where: string) => wrong.push(...(await findViolations(page)).map((one) => `${where}: ${one}`));

    await page.goto(easel.url);
    await page.getByText('Welcome to #general!').waitFor();
    expect(await box(page).evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await check('empty');
    await shot('empty');

    await page.keyboard.type(LINE);
    await page.getByRole('listbox').waitFor();
    await check('typing');
    await shot('typing');
    await page.keyboard.press('Enter');
    await seePicture(page, 'a red fox', 0);
    const first = messages(page).last();
    await page
      .locator('#bonnet')
      .getByText(/^acknowledged in [\d.]+ m?s$/)
      .waitFor();
    await check('result');
    await shot('result');

    await press(first, 'Regenerate');
    await seePicture(page, 'a red fox', 1);
    await press(first, 'V1');
    await seePicture(page, 'a red fox', 2);
    const variation = messages(page).last();

    await press(variation, 'Info');
    await page.getByText('Only you can see this').waitFor();
    await check('info');
    await shot('info');

    await become(page, 'Bob');
    await expect.poll(() => page.getByText('Only you can see this').count()).toBe(0);
    await press(messages(page).last(), 'Delete');
    await page.getByText(/Only the member who asked for this picture/).waitFor();
    expect(await pictures(page, 'a red fox').count()).toBe(3);
    await check('refused');
    await shot('refused');

    await become(page, 'Alice');
    await press(
      messages(page)
        .filter({ has: page.getByRole('img') })
        .last(),
      'Delete',
    );
    await expect.poll(() => pictures(page, 'a red fox').count()).toBe(2);

    await page.reload();
    await seePicture(page, 'a red fox', 1);
    await expectDowntime(async () => {
      await easel.restart('SIGTERM');
      await page.getByText('Reconnecting…').waitFor({ state: 'hidden' });
    });
    await press(
      messages(page)
        .filter({ has: page.getByRole('img') })
        .first(),
      'Regenerate',
    );
    await seePicture(page, 'a red fox', 2);

    expect(wrong).toEqual([]);
    expect(complaints).toEqual([]);
  });

  if (portrait !== undefined) {
    it('sits for its portrait', async () => {
      const easel = await startEasel();
      const { page } = await visit(browser, { colorScheme: 'dark', viewport: { width: 1440, height: 940 } });
      await page.goto(easel.url);
      await say(page, '/imagine prompt: a lighthouse at dusk count: 4 seed: 4064990914');
      await seePicture(page, 'a lighthouse at dusk', 3);
      await page.screenshot({ path: portrait });
    });
  }

  it('edits a prompt, and imagines from a picture, by keyboard alone', async () => {
    const easel = await startEasel();
    const { page, complaints } = await visit(browser, {
      colorScheme: 'dark',
      viewport: { width: 1280, height: 860 },
    });
    await page.goto(easel.url);
    await page.getByText('Welcome to #general!').waitFor();
    await page.keyboard.type('/ima');
    await page.keyboard.press('Tab');
    await page.keyboard.type('a quiet harbour');
    await page.keyboard.press('Enter');
    await seePicture(page, 'a quiet harbour', 0);

    const edit = messages(page).first().getByRole('button', { name: 'Edit prompt' });
    await edit.focus();
    await page.keyboard.press('Enter');
    const form = page.getByRole('dialog');
    await form.waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await findViolations(page)).toEqual([]);
      await page.screenshot({ path: join(folder, `modal-${colorScheme}.png`) });
    }
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('a stormy harbour');
    await page.keyboard.press('ControlOrMeta+Enter');
    await form.waitFor({ state: 'hidden' });
    expect(await edit.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await seePicture(page, 'a stormy harbour', 0);

    await page.getByRole('region', { name: 'Conversation' }).focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menuitem', { name: 'Imagine from this' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await form.waitFor();
    await page.keyboard.type('a harbour in winter');
    await page.keyboard.press('ControlOrMeta+Enter');
    await seePicture(page, 'a harbour in winter', 0);
    expect(complaints).toEqual([]);
  });

  it('says what it refuses, and keeps what was typed', async () => {
    const easel = await startEasel();
    const { page, complaints } = await visit(browser, { colorScheme: 'light', viewport: { width: 390, height: 844 } });
    await page.goto(easel.url);
    await page.getByText('Welcome to #general!').waitFor();
    const alert = page.getByRole('alert').filter({ hasText: /./ });
    for (const [line, problem] of [
      ['/imagine seed: 7', 'prompt: this option is required.'],
      ['/imagine prompt: a fox seed: 0', 'seed: the smallest is 1.'],
      ['/imagine prompt: a fox aspect: 5:1', 'aspect: “5:1” is not one of the choices.'],
      ['/nothing', 'There is no command /nothing here.'],
      ['x'.repeat(2001), 'That message is 2001 characters long; the limit is 2000.'],
    ] as const) {
      await say(page, line);
      expect(await alert.textContent()).toBe(problem);
      expect(await box(page).inputValue()).toBe(line);
    }
    await box(page).fill('');
    await page
      .locator('#chooser')
      .setInputFiles({ name: 'huge.png', mimeType: 'image/png', buffer: Buffer.alloc(11 * 1024 * 1024) });
    expect(await alert.textContent()).toBe('“huge.png” is 11.00 MB. The limit here is 10.00 MB.');
    expect(await findViolations(page)).toEqual([]);
    await page.screenshot({ path: join(folder, 'refused-narrow-light.png') });
    expect(complaints).toEqual([]);
  });

  it('shows member text as text, and a file that is no picture as a file', async () => {
    const easel = await startEasel();
    const { page, complaints } = await visit(browser, { viewport: { width: 1024, height: 768 } });
    await page.goto(easel.url);
    await page.getByText('Welcome to #general!').waitFor();
    const text = '<img src=x onerror=alert(1)> <script>alert(2)</script>';
    await say(page, text);
    await page.getByText(text).waitFor();
    await page
      .locator('#chooser')
      .setInputFiles({ name: 'page.html', mimeType: 'text/html', buffer: Buffer.from(text) });
    await box(page).press('Enter');
    await page.getByRole('link', { name: 'page.html', exact: true }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'page.html', exact: true }).click();
    expect((await download).suggestedFilename()).toBe('page.html');
    expect(complaints).toEqual([]);
  });

  it('comes back by itself after a crash', async () => {
    const easel = await startEasel();
    const { page, complaints, expectDowntime } = await visit(browser, { viewport: { width: 1024, height: 768 } });
    await page.goto(easel.url);
    await say(page, 'before the crash');
    await page.getByText('before the crash').waitFor();
    await expectDowntime(async () => {
      const away = page.getByText('Reconnecting…').waitFor();
      const restarted = easel.restart('SIGKILL');
      await away;
      await restarted;
      await page.getByText('Reconnecting…').waitFor({ state: 'hidden' });
    });
    await page.getByText('before the crash').waitFor();
    await say(page, 'after the crash');
    await page.getByText('after the crash').waitFor();
    expect(complaints).toEqual([]);
  });
});
