import { join } from 'node:path';
import { AttachmentBuilder, type Interaction, MessageFlags } from 'discord.js';
import {
  type APIModalInteractionResponseCallbackData,
  ButtonStyle,
  ChannelType,
  ComponentType,
  SelectMenuDefaultValueType,
} from 'discord-api-types/v10';
import type { Browser, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WORLD } from '../../src/playground/discord/world.ts';
import { createPlayground, type PlaygroundOptions } from '../../src/playground/server.ts';
import { startWebServer } from '../../src/web/server.ts';
import { startClient } from '../playground/discord/real-client.ts';
import { startLocalDiscord } from '../support/local-discord.ts';
import { findChromium, launch, screenshotFolder, visit } from './browser.ts';
import { findViolations } from './violations.ts';

const executable = findChromium();
if (executable === undefined) {
  console.warn(
    'The tests of what the page shows are skipped: no Chromium on the PATH (Debian: apt-get install chromium).',
  );
}
let browser: Browser;
beforeAll(async () => {
  if (executable !== undefined) browser = await launch(executable);
});
afterAll(() => browser?.close());

const picture = (hue: number) =>
  sharp({ create: { width: 320, height: 240, channels: 3, background: `hsl(${hue}, 80%, 50%)` } })
    .png()
    .toBuffer();

const FORM = {
  custom_id: 'form',
  title: 'Everything a form can ask',
  components: [
    {
      type: ComponentType.Label,
      label: 'Words',
      description: 'Three letters at least',
      component: { type: ComponentType.TextInput, custom_id: 'words', style: 2, min_length: 3, max_length: 10 },
    },
    {
      type: ComponentType.Label,
      label: 'Colour',
      component: {
        type: ComponentType.StringSelect,
        custom_id: 'colour',
        options: [
          { label: 'Red', value: 'red' },
          { label: 'Blue', value: 'blue', description: 'like the sea' },
        ],
      },
    },
    {
      type: ComponentType.Label,
      label: 'Picture',
      component: { type: ComponentType.FileUpload, custom_id: 'file', required: false },
    },
    {
      type: ComponentType.Label,
      label: 'Size',
      component: {
        type: ComponentType.RadioGroup,
        custom_id: 'size',
        options: [
          { label: 'Small', value: 's' },
          { label: 'Large', value: 'l' },
        ],
      },
    },
    { type: ComponentType.Label, label: 'Sure', component: { type: ComponentType.Checkbox, custom_id: 'sure' } },
  ],
} satisfies APIModalInteractionResponseCallbackData;

const SHARE = {
  custom_id: 'share',
  title: 'Share it',
  components: [
    {
      type: ComponentType.Label,
      label: 'Who',
      component: {
        type: ComponentType.UserSelect,
        custom_id: 'who',
        default_values: [{ id: WORLD.users.bob.id, type: SelectMenuDefaultValueType.User }],
      },
    },
    {
      type: ComponentType.Label,
      label: 'Where',
      component: { type: ComponentType.ChannelSelect, custom_id: 'where', channel_types: [ChannelType.PublicThread] },
    },
    {
      type: ComponentType.Label,
      label: 'Files',
      component: { type: ComponentType.FileUpload, custom_id: 'files', required: false, max_values: 3 },
    },
  ],
} satisfies APIModalInteractionResponseCallbackData;

/** A bot that shows everything a message can hold, and one command and button that never answer. */
async function answer(interaction: Interaction): Promise<void> {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused();
    const shade = interaction.options.getInteger('shade') ?? 0;
    await interaction.respond(
      ['amber', 'azure', 'black']
        .filter((name) => name.startsWith(typed))
        .map((name) => ({ name, value: `${name}-${shade}` })),
    );
  } else if (interaction.isButton()) {
    if (interaction.customId === 'open') await interaction.showModal(SHARE);
    if (interaction.customId === 'answer') await interaction.reply('an answer');
    if (interaction.customId === 'whisper')
      await interaction.reply({ content: 'a whisper', flags: MessageFlags.Ephemeral });
  } else if (interaction.isStringSelectMenu()) {
    await interaction.reply(`chosen: ${interaction.values.join(', ')}`);
  } else if (interaction.isModalSubmit()) {
    const { fields } = interaction;
    if (interaction.customId === 'share') {
      const who = fields.getSelectedUsers('who')?.map(({ displayName }) => displayName);
      const where = fields.getSelectedChannels('where')?.map((channel) => channel?.name);
      await interaction.reply(`share: ${who?.join()} in ${where?.join()}`);
      return;
    }
    const [colour] = fields.getStringSelectValues('colour');
    const file = fields.getUploadedFiles('file')?.first();
    await interaction.reply(
      `form: ${fields.getTextInputValue('words')}, ${colour}, ${file?.name}, ${fields.getRadioGroup('size')}, ${fields.getCheckbox('sure')}`,
    );
  } else if (interaction.isChatInputCommand()) {
    const { commandName, options } = interaction;
    if (commandName === 'form') await interaction.showModal(FORM);
    if (commandName === 'colour') await interaction.reply(`colour: ${options.getString('name')}`);
    if (commandName === 'buttons') await interaction.reply({ content: 'press one', components: [BUTTONS] });
    if (commandName === 'slow') await interaction.deferReply();
    if (commandName === 'everything') await interaction.reply(await everything());
    if (commandName === 'embed') {
      await interaction.reply({
        content: 'An embed with **markdown**, and [a link](https://example.com).',
        embeds: [
          {
            title: 'The title',
            description: 'Says *something*',
            color: 0x5865f2,
            fields: [{ name: 'Field', value: '`value`', inline: true }],
            image: { url: 'attachment://embed.png' },
            footer: { text: 'Footer' },
          },
        ],
        files: [new AttachmentBuilder(await picture(40), { name: 'embed.png' })],
      });
    }
  }
}

const BUTTONS = {
  type: ComponentType.ActionRow as const,
  components: ['open', 'answer', 'whisper'].map((name) => ({
    type: ComponentType.Button as const,
    style: ButtonStyle.Primary as const,
    custom_id: name,
    label: name,
  })),
};

async function everything() {
  const names = ['one.png', 'two.png', 'three.png'];
  const files = await Promise.all(
    names.map(async (name, index) => new AttachmentBuilder(await picture(index * 100), { name })),
  );
  return {
    flags: MessageFlags.IsComponentsV2 as const,
    files: [...files, new AttachmentBuilder(Buffer.from('notes'), { name: 'notes.txt' })],
    components: [
      {
        type: ComponentType.Container as const,
        accent_color: 0xe8467c,
        components: [
          {
            type: ComponentType.Section as const,
            components: [{ type: ComponentType.TextDisplay as const, content: '# A section\nwith a ||hidden|| word' }],
            accessory: {
              type: ComponentType.Thumbnail as const,
              media: { url: 'attachment://one.png' },
              description: 'a thumbnail',
            },
          },
          { type: ComponentType.Separator as const, divider: true, spacing: 2 as const },
          {
            type: ComponentType.MediaGallery as const,
            items: [
              { media: { url: 'attachment://two.png' }, description: 'the second' },
              { media: { url: 'attachment://three.png' }, description: 'the third', spoiler: true },
            ],
          },
          { type: ComponentType.File as const, file: { url: 'attachment://notes.txt' } },
          {
            type: ComponentType.ActionRow as const,
            components: [
              {
                type: ComponentType.StringSelect as const,
                custom_id: 'select',
                placeholder: 'Pick two',
                min_values: 2,
                max_values: 2,
                options: ['a', 'b', 'c'].map((value) => ({ label: `Option ${value}`, value })),
              },
            ],
          },
          {
            type: ComponentType.ActionRow as const,
            components: [
              {
                type: ComponentType.Button as const,
                style: ButtonStyle.Success as const,
                custom_id: 'silent',
                label: 'Silent',
              },
              {
                type: ComponentType.Button as const,
                style: ButtonStyle.Secondary as const,
                custom_id: 'off',
                label: 'Off',
                disabled: true,
              },
              {
                type: ComponentType.Button as const,
                style: ButtonStyle.Link as const,
                url: 'https://example.com/',
                label: 'Elsewhere',
              },
            ],
          },
        ],
      },
    ],
  };
}

/** The page over a local Discord with that bot, in a browser. */
async function open(colorScheme: 'dark' | 'light' = 'dark', options: Pick<PlaygroundOptions, 'limits'> = {}) {
  const discord = await startLocalDiscord({ limits: { interactionMs: 3_000 } });
  const client = await startClient(discord, answer);
  const describe = (name: string) => ({ name, description: `Shows ${name}` });
  await client.application.commands.set([
    ...['form', 'slow', 'silent', 'everything', 'embed', 'buttons'].map(describe),
    { ...describe('paint'), options: [{ type: 3, name: 'prompt', description: 'What', required: true }] },
    {
      ...describe('colour'),
      options: [
        { type: 3, name: 'name', description: 'Which', required: true, autocomplete: true, max_length: 20 },
        { type: 4, name: 'shade', description: 'How dark' },
        {
          type: 3,
          name: 'tone',
          description: 'Which',
          choices: ['warm', 'cold'].map((name) => ({ name, value: name })),
        },
        { type: 11, name: 'like', description: 'What it is like' },
      ],
    },
  ]);
  const playground = await createPlayground({ discord, ...options });
  const web = await startWebServer({ host: '127.0.0.1', port: 0, pages: playground.pages });
  onTestFinished(() => web.close());
  const { page, complaints } = await visit(browser, { colorScheme, viewport: { width: 1200, height: 1000 } });
  await page.goto(web.url);
  await page.getByText('Welcome to #general!').waitFor();
  const box = page.getByRole('textbox', { name: 'Message', exact: true });
  const say = async (line: string) => {
    await box.fill(line);
    await box.press('Enter');
  };
  const violations = () => findViolations(page);
  const shot = (name: string) => page.screenshot({ path: join(screenshotFolder(), `${name}-${colorScheme}.png`) });
  /** As switching to another tab, or back, does. */
  const setHidden = (hidden: boolean) =>
    page.evaluate(`
      Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} });
      document.dispatchEvent(new Event('visibilitychange'));
    `);
  const become = async (name: string) => {
    await page.getByRole('button', { name: new RegExp(`^${name} M`) }).click();
    await page.getByRole('button', { name: new RegExp(`^${name} M`), pressed: true }).waitFor();
  };
  const alert = page.locator('#problem');
  const log = page.getByRole('log');
  return { discord, client, page, complaints, box, say, violations, shot, setHidden, become, alert, log };
}

const isFocused = (locator: Locator) => locator.evaluate((element) => element === element.ownerDocument.activeElement);

/** Resolves once the conversation stands at its end, and the page has drawn it there and knows. */
async function standsAtEnd(page: Page): Promise<void> {
  const scroller = page.locator('#scroller');
  await expect
    .poll(() =>
      scroller.evaluate(({ scrollTop, scrollHeight, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2),
    )
    .toBe(true);
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
}

describe.skipIf(executable === undefined)('what the page shows of a bot', () => {
  it.each(['dark', 'light'] as const)('shows every component (%s)', async (colorScheme) => {
    const { page, complaints, say, violations, shot, log } = await open(colorScheme);
    await say('/everything');
    await log.getByRole('heading', { name: 'A section' }).waitFor();
    expect(
      await log.getByRole('img').evaluateAll((images) => images.map((image) => image.getAttribute('alt'))),
    ).toEqual(expect.arrayContaining(['a thumbnail', 'the second']));
    await log.getByRole('button', { name: 'Show spoiler' }).click();
    await log.getByText('hidden').waitFor();
    await log.getByRole('button', { name: 'Spoiler', exact: true }).click();
    await log.getByRole('img', { name: 'the third' }).waitFor();
    expect(await log.getByRole('button', { name: 'Off' }).isDisabled()).toBe(true);
    expect(await log.getByRole('link', { name: 'Elsewhere' }).getAttribute('rel')).toBe('noopener noreferrer');
    await say('/embed');
    await log.getByText('The title').waitFor();
    expect(await violations()).toEqual([]);
    await shot('components');

    await log.getByRole('img', { name: 'the second' }).click();
    const lightbox = page.getByRole('dialog', { name: 'Picture' });
    await lightbox.getByText('1 of 2 · the second').waitFor();
    await page.keyboard.press('ArrowRight');
    await lightbox.getByText('2 of 2 · the third').waitFor();
    expect(await violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await lightbox.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  it('keeps the place of pictures that are still to come', async () => {
    const { discord, page, say, log } = await open();
    await say('/everything');
    await log.getByRole('heading', { name: 'A section' }).waitFor();
    await say('/embed');
    await log.getByText('The title').waitFor();
    const { alice } = discord.world.users;
    await discord
      .act(alice.id, discord.world.channels.general.id)
      .post('mine', [{ file: await picture(200), name: 'mine.png' }]);
    await log.getByText('mine', { exact: true }).waitFor();
    const images = log.locator('.gallery img');
    const loaded = () =>
      images.evaluateAll((all) => all.filter((image) => 'naturalWidth' in image && image.naturalWidth !== 0).length);
    const places = () =>
      log.locator('.gallery').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()));
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/playground/files/**', async (route) => {
      await held;
      await route.continue();
    });
    await page.reload();
    await log.getByText('mine', { exact: true }).waitFor();
    const before = await places();
    expect([before.length, await loaded()]).toEqual([3, 0]);
    release();
    await expect.poll(loaded).toBe(4);
    expect(await places()).toEqual(before);
  });

  it('sends what is chosen from a select once it closes', async () => {
    const { page, say, log } = await open();
    await say('/everything');
    const select = log.getByRole('combobox', { name: 'Pick two' });
    await select.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press(' ');
    await page.keyboard.press('End');
    await page.keyboard.press(' ');
    await page.keyboard.press('Escape');
    await log.getByText('chosen: a, c').waitFor();
  });

  it('says under a message that a press failed, and in its place that a command did', async () => {
    const { page, complaints, say, violations, shot, log } = await open('light');
    await say('/everything');
    await log.getByRole('button', { name: 'Silent' }).click();
    await log.getByText('This interaction failed').waitFor();
    await say('/silent');
    await log.getByText('Sending command…').waitFor();
    await log.getByText('The application did not respond').waitFor();
    expect(await violations()).toEqual([]);
    await shot('failed');
    await log.getByRole('button', { name: 'Dismiss message' }).click();
    await page.getByText('The application did not respond').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  it('shows that the bot is thinking', async () => {
    const { say, log } = await open();
    await say('/slow');
    await log.getByText('Easel is thinking…').waitFor();
  });

  it('asks with a form, checks what it can, and hands everything in', async () => {
    const { page, complaints, say, violations, log } = await open();
    await say('/form');
    const form = page.getByRole('dialog', { name: 'Everything a form can ask' });
    await form.getByLabel('Words').fill('ab');
    await form.getByRole('button', { name: 'Submit' }).click();
    await form.getByText('Must be 3 or more in length.').waitFor();
    expect(await form.getByText('This is a required field').count()).toBe(2);
    expect(await violations()).toEqual([]);
    await form.getByLabel('Words').fill('some words');
    await form.getByRole('combobox', { name: 'Colour' }).click();
    await page.getByRole('option', { name: 'Blue' }).click();
    await form
      .locator('input[type=file]')
      .setInputFiles({ name: 'fox.png', mimeType: 'image/png', buffer: await picture(10) });
    await form.getByLabel('Large').check();
    await form.getByLabel('Sure').check();
    await form.getByRole('button', { name: 'Submit' }).click();
    await log.getByText('form: some words, blue, fox.png, l, true').waitFor();
    expect(complaints).toEqual([]);
  });

  it('completes an option with the bot’s own choices', async () => {
    const { page, log } = await open();
    await page.keyboard.type('/colour name: a');
    await page.getByRole('option', { name: 'azure' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await log.getByText('colour: azure-0').waitFor();
  });

  it('sends the value of what was picked, and other options as they are meant', async () => {
    const { page, box, log } = await open();
    await box.pressSequentially('/colour shade: 3 name: bl');
    await page.getByRole('option', { name: 'black' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await box.inputValue()).toBe('/colour shade: 3 name: black ');
    await page.keyboard.press('Enter');
    await log.getByText('colour: black-3').waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await log.getByText('colour: black-3').nth(1).waitFor();
  });

  it('leaves the arrow keys to a line of several rows, and a row that was gone to once one types on', async () => {
    const { page, box } = await open();
    const caret = () => box.evaluate((element) => 'selectionStart' in element && Number(element.selectionStart));
    const chosen = () => box.getAttribute('aria-activedescendant');
    const line = `/colour name: one\n${'two '.repeat(100)}`;
    await box.fill(line);
    await page.getByRole('option', { name: 'tone' }).waitFor();
    await page.keyboard.press('ArrowUp');
    expect(await chosen()).toBeNull();
    // The second row is so long that it is shown as several.
    expect(await caret()).toBeLessThan(line.length);
    expect(await caret()).toBeGreaterThan(line.indexOf('\n'));
    await page.keyboard.press('ArrowDown');
    expect([await chosen(), await caret()]).toEqual([null, line.length]);
    await page.keyboard.press('ArrowDown');
    expect([await chosen(), await caret()]).toEqual(['suggestion-0', line.length]);
    await page.keyboard.press('ArrowUp');
    expect(await chosen()).toBe('suggestion-2');
    await page.keyboard.type('s');
    expect(await chosen()).toBeNull();
    await page.getByRole('option', { name: 'tone', selected: false }).waitFor();
    for (let row = 0; row < 20 && (await chosen()) === null; row += 1) await page.keyboard.press('ArrowUp');
    expect(await caret()).toBeLessThanOrEqual(line.indexOf('\n'));
  });

  it.each(['dark', 'light'] as const)('shows the row gone to legibly (%s)', async (colorScheme) => {
    const { page, violations } = await open(colorScheme);
    await page.keyboard.type('/colour shade: 3 ');
    await page.getByRole('option', { name: 'tone' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('option', { selected: true }).waitFor();
    expect(await violations()).toEqual([]);
  });

  it('selects only what is too much of a value', async () => {
    const { page, box, say, alert } = await open();
    await say(`/colour name: ${'x'.repeat(25)} shade: 3`);
    await alert.getByText('name: write at most 20 characters (there are 25).').waitFor();
    await page.keyboard.press('Backspace');
    expect(await box.inputValue()).toBe(`/colour name: ${'x'.repeat(20)} shade: 3`);
  });

  it('recalls a line with its file, unless another one waits already', async () => {
    const { page, say, log } = await open();
    const attach = (name: string) =>
      page.locator('#chooser').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from('x') });
    const group = (name: string) => page.getByRole('group', { name });
    await attach('first.txt');
    await say('/colour name: red');
    await log.getByText('colour: red').waitFor();
    await group('first.txt').waitFor({ state: 'detached' });
    await page.keyboard.press('ArrowUp');
    await group('first.txt').waitFor();
    await page.keyboard.press('Enter');
    await log.getByText('colour: red').nth(1).waitFor();
    await attach('second.txt');
    await page.keyboard.press('ArrowUp');
    await group('second.txt').waitFor();
    expect(await group('first.txt').count()).toBe(0);
  });

  it('fills in what a channel begins with so that what stood there can be had back', async () => {
    const { page, box, log } = await open();
    await box.pressSequentially('half a line');
    await log.getByRole('button', { name: '/paint prompt: a red fox' }).click();
    expect(await box.inputValue()).toBe('/paint prompt: a red fox');
    await page.keyboard.press('ControlOrMeta+z');
    expect(await box.inputValue()).toBe('half a line');
  });

  it('counts what the bot sent from the moment the interaction was there', async () => {
    const { discord, page, say, log } = await open();
    await page.route('**/playground/interaction?*', async (route) => {
      const response = await route.fetch();
      const details = await response.json();
      const createdAt = discord.interactions()[0]?.createdAt ?? 0;
      const [first] = details.received;
      await route.fulfill({ json: { ...details, received: [{ ...first, receivedAt: createdAt + 1_234 }] } });
    });
    await say('/buttons');
    await log.getByRole('button', { name: 'answer' }).waitFor();
    const bonnet = page.locator('#bonnet');
    await bonnet.getByText('/buttons').click();
    await bonnet.getByText('+1.2 s').waitFor();
  });

  it('asks for the file of an option, and takes the letters away that led there', async () => {
    const { page, box } = await open();
    // Asked for early: the browser takes a moment to hand choosers over.
    const asked = page.waitForEvent('filechooser');
    await box.pressSequentially('/colour name: red li');
    await page.getByRole('option', { name: 'like' }).waitFor();
    await page.keyboard.press('Tab');
    await (await asked).setFiles({ name: 'rose.png', mimeType: 'image/png', buffer: await picture(0) });
    await page.getByRole('group', { name: 'rose.png' }).waitFor();
    expect(await box.inputValue()).toBe('/colour name: red ');
  });

  it('shows no choices of one option while another is typed', async () => {
    const { page, box } = await open();
    await box.pressSequentially('/colour tone: c name: a');
    await page.getByRole('option', { name: 'amber' }).waitFor();
    for (const _ of ' name: a') await page.keyboard.press('ArrowLeft');
    await page.getByRole('option', { name: 'cold' }).waitFor();
    expect(await page.getByRole('option').allTextContents()).toEqual(['cold']);
  });

  it('gives the focus back to the button that opened a form', async () => {
    const { page, say, log } = await open();
    await say('/buttons');
    const opener = log.getByRole('button', { name: 'open' });
    await opener.press('Enter');
    const form = page.getByRole('dialog', { name: 'Share it' });
    await form.waitFor();
    await expect.poll(() => opener.getAttribute('aria-disabled')).toBeNull();
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'detached' });
    expect(await isFocused(opener)).toBe(true);
  });

  it('offers members and channels in a form, some of them chosen, and weighs its files together', async () => {
    const { page, complaints, say, violations, log } = await open('light', {
      limits: { fileBytes: 1_000, requestBytes: 1_500 },
    });
    await say('/buttons');
    await log.getByRole('button', { name: 'open' }).click();
    const form = page.getByRole('dialog', { name: 'Share it' });
    await form.getByRole('combobox', { name: 'Who' }).getByText('Bob').waitFor();
    await form.getByRole('combobox', { name: 'Where' }).click();
    expect(await page.getByRole('option').allTextContents()).toEqual(['sketches']);
    await page.getByRole('option', { name: 'sketches' }).click();
    const file = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.alloc(900) });
    await form.locator('input[type=file]').setInputFiles([file('one.txt'), file('two.txt')]);
    await form.getByRole('button', { name: 'Submit' }).click();
    await form.getByText('These files are too large to be sent together.').waitFor();
    expect(await violations()).toEqual([]);
    await form.getByRole('button', { name: 'Remove two.txt' }).click();
    await form.getByRole('button', { name: 'Submit' }).click();
    await log.getByText('share: Bob in sketches').waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows what a message answers though it is not loaded, jumps there, and says when it was deleted', async () => {
    const { discord, page, complaints, say, log } = await open();
    await say('/buttons');
    const { alice } = discord.world.users;
    const { id: channelId } = discord.world.channels.general;
    await log.getByRole('button', { name: 'answer' }).waitFor();
    for (let count = 0; count < 95; count += 1) await discord.act(alice.id, channelId).post(`message ${count}`);
    const parent = discord.messages(channelId)[0];
    await log.getByText('message 94', { exact: true }).waitFor();
    for (let count = 95; count < 99; count += 1) await discord.act(alice.id, channelId).post(`message ${count}`);
    await discord.act(alice.id, channelId).press(parent?.id ?? '', 'answer');
    await log.getByText('an answer').waitFor();
    await page.reload();
    await log.getByRole('button', { name: 'Show earlier messages' }).waitFor();
    expect(await log.getByRole('button', { name: 'open' }).count()).toBe(0);
    const jump = log.getByRole('button', { name: 'press one' });
    await jump.click();
    const article = log.locator(`article[data-id="${parent?.id}"]`);
    await expect.poll(() => article.count()).toBe(1);
    expect(await isFocused(article)).toBe(true);
    // Once more after the next frame, in which what grew is noticed.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    expect((await article.boundingBox())?.y).toBeGreaterThan(0);
    discord.deleteMessage(channelId, parent?.id ?? '');
    await log.getByText('Original message was deleted').waitFor();
    expect(complaints).toEqual([]);
  });

  it('takes one message away, and leaves the others and the focus alone', async () => {
    const { discord, say, log } = await open();
    for (const text of ['one', 'two', 'three']) await say(text);
    await say('/buttons');
    const button = log.getByRole('button', { name: 'answer' });
    await button.focus();
    const { general } = discord.world.channels;
    const [first, second] = discord.messages(general.id);
    await log.evaluate((element) => {
      for (const node of element.querySelectorAll('article')) node.setAttribute('data-known', 'yes');
    });
    discord.deleteMessage(general.id, second?.id ?? '');
    await expect.poll(() => log.getByRole('article').count()).toBe(3);
    discord.deleteMessage(general.id, first?.id ?? '');
    await expect.poll(() => log.getByRole('article').count()).toBe(2);
    // The one that now begins its group is drawn anew, the last one is not.
    expect(await log.getByRole('article').last().getAttribute('data-known')).toBe('yes');
    expect(await log.getByText('Alice', { exact: true }).count()).toBe(2);
    expect(await isFocused(button)).toBe(true);
  });

  it('keeps articles and focus when everything is read anew', async () => {
    const { discord, client, setHidden, say, log } = await open();
    await say('/everything');
    // Its files take a while, and the other answer could be there before it.
    await log.getByRole('article').waitFor();
    await say('/buttons');
    const button = log.getByRole('button', { name: 'answer' });
    await button.focus();
    await log.evaluate((element) => {
      for (const node of element.querySelectorAll('article')) Object.assign(node, { known: true });
    });
    await setHidden(true);
    await client.application.commands.create({ name: 'newer', description: 'Came later' });
    await setHidden(false);
    await client.application.commands.create({ name: 'newest', description: 'Came last' });
    await discord.act(WORLD.users.bob.id, discord.world.channels.general.id).post('meanwhile');
    await log.getByText('meanwhile').waitFor();
    const known = await log.getByRole('article').evaluateAll((nodes) => nodes.map((node) => 'known' in node));
    expect(known.slice(1)).toEqual([true, false]);
    expect(await isFocused(button)).toBe(true);
    await expect.poll(() => log.getAttribute('aria-busy')).toBeNull();
  });

  it('holds no connection while nobody looks, says what is refused then, and catches up', async () => {
    const { discord, page, setHidden, say, alert, log } = await open();
    const { general } = discord.world.channels;
    await say('/buttons');
    await log.getByRole('button', { name: 'answer' }).waitFor();
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByText('press one').waitFor();
    await setHidden(true);
    discord.deleteMessage(general.id, discord.messages(general.id)[0]?.id ?? '');
    await other.getByText('press one').waitFor({ state: 'detached' });
    await log.getByRole('button', { name: 'answer' }).click();
    await alert.getByText('That message is not there.').waitFor();
    await setHidden(false);
    await log.getByText('press one').waitFor({ state: 'detached' });
  });

  it('lets a member be another one while a command is on its way', async () => {
    const { say, become, log } = await open();
    await say('/silent');
    await become('Bob');
    expect(await log.getByText(/Sending command|did not respond/).count()).toBe(0);
    await become('Alice');
    await log.getByText('The application did not respond').waitFor();
    await become('Bob');
    expect(await log.getByText('did not respond').count()).toBe(0);
  });

  it('takes dragged files, and leaves dragged text to the browser', async () => {
    const { page } = await open();
    /** Drops what `add` puts into `data`. */
    const isTaken = (add: string) =>
      page.evaluate(`
        const data = new DataTransfer();
        ${add};
        const drop = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
        document.body.dispatchEvent(drop);
        drop.defaultPrevented;
      `);
    expect(await isTaken(`data.setData('text/plain', 'words')`)).toBe(false);
    expect(await isTaken(`data.items.add(new File(['x'], 'x.txt'))`)).toBe(true);
    await page.getByRole('group', { name: 'x.txt' }).waitFor();
  });

  it('lets a moderator delete from the menu, once they are sure, and nobody else', async () => {
    const { page, say, violations, log } = await open();
    await say('mine to keep');
    const message = log.getByRole('article').filter({ hasText: 'mine to keep' });
    await page.getByRole('button', { name: 'Bob Member' }).click();
    await page.getByRole('button', { name: 'Bob Member', pressed: true }).waitFor();
    await message.click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Copy message ID' }).waitFor();
    expect(await page.getByRole('menuitem', { name: 'Delete message' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Morgan Moderator' }).click();
    await page.getByRole('button', { name: 'Morgan Moderator', pressed: true }).waitFor();
    await message.click({ button: 'right' });
    const dialog = page.getByRole('dialog', { name: 'Delete message' });
    for (const answer of ['Cancel', 'Delete']) {
      await page.getByRole('menuitem', { name: 'Delete message' }).click();
      expect(await violations()).toEqual([]);
      await dialog.getByRole('button', { name: answer }).click();
      await dialog.waitFor({ state: 'detached' });
      if (answer === 'Cancel') await message.click({ button: 'right' });
    }
    await message.waitFor({ state: 'detached' });
  });

  it('closes what lies over the conversation, and presses nothing under it, in a narrow window', async () => {
    const { page, complaints, say, violations, log } = await open();
    await say('/everything');
    await page.setViewportSize({ width: 390, height: 844 });
    const bonnet = page.locator('#bonnet');
    await bonnet.getByText('The last interactions').click();
    await page.keyboard.press('Escape');
    await bonnet.waitFor({ state: 'hidden' });
    await page.locator('#toggle-bonnet').click();
    expect(await isFocused(bonnet.getByRole('button', { name: 'Close this panel' }))).toBe(true);
    await page.keyboard.press('Escape');
    await bonnet.waitFor({ state: 'hidden' });

    const cover = log.getByRole('button', { name: 'Spoiler', exact: true });
    await cover.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await cover.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const toggle = page.locator('#toggle-sidebar');
    const current = page.locator('#channels [aria-current]');
    for (const close of [() => page.keyboard.press('Escape'), () => page.mouse.click(x + width - 4, y + height / 2)]) {
      await toggle.click();
      await current.waitFor();
      expect(await isFocused(current)).toBe(true);
      expect(await violations()).toEqual([]);
      await close();
      await current.waitFor({ state: 'hidden' });
      expect(await isFocused(toggle)).toBe(true);
    }
    expect(await cover.count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it('begins anew after a reset', async () => {
    const { page, say, log } = await open();
    await say('soon forgotten');
    await log.getByText('soon forgotten').waitFor();
    await page.getByRole('button', { name: 'Reset the playground' }).click();
    await page.getByRole('dialog').getByText('/recent and /usage still know it').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click();
    await log.getByText('soon forgotten').waitFor({ state: 'detached' });
    await log.getByText('Welcome to #general!').waitFor();
  });

  it('says that something new is there, without moving whoever reads further up', async () => {
    const { discord, page, log, violations } = await open('light');
    const { alice } = discord.world.users;
    const { id: channelId } = discord.world.channels.general;
    const driver = discord.act(alice.id, channelId);
    for (let count = 0; count < 60; count += 1) await driver.post(`message ${count}`);
    await log.getByText('message 59').waitFor();
    await standsAtEnd(page);
    const scroller = page.locator('#scroller');
    const top = () => scroller.evaluate((element) => element.scrollTop);
    const jump = page.getByRole('button', { name: /Jump to present/ });
    await scroller.evaluate((element) => element.scrollTo(0, 200));
    await jump.waitFor();
    expect(await jump.textContent()).toBe('Jump to present');
    await driver.post('news');
    await jump.getByText('1 new message · Jump to present').waitFor();
    await driver.post('more news');
    await page.getByRole('status').getByText('2 new messages', { exact: true }).waitFor({ state: 'attached' });
    expect(await top()).toBe(200);
    expect(await violations()).toEqual([]);
    discord.deleteMessage(channelId, discord.messages(channelId).at(-1)?.id ?? '');
    await jump.getByText('1 new message · Jump to present').waitFor();
    await jump.click();
    await jump.waitFor({ state: 'hidden' });
    expect(await page.locator('#news').textContent()).toBe('');
    expect(await top()).toBeGreaterThan(200);
  });

  it('brings the answer to one’s own press, and what only oneself can see, into view', async () => {
    const { discord, page, say, log } = await open();
    const { alice, bob } = discord.world.users;
    const { id: channelId } = discord.world.channels.general;
    await say('/buttons');
    const button = log.getByRole('button', { name: 'answer' });
    await button.waitFor();
    const { id } = discord.messages(channelId)[0] ?? { id: '' };
    for (let count = 0; count < 60; count += 1) await discord.act(bob.id, channelId).post(`message ${count}`);
    await log.getByText('message 59').waitFor();
    await standsAtEnd(page);
    const scroller = page.locator('#scroller');
    const jump = page.getByRole('button', { name: /Jump to present/ });

    for (const [press, answer] of [
      [() => button.click(), 'an answer'],
      [() => discord.act(alice.id, channelId).press(id, 'whisper'), 'a whisper'],
    ] as const) {
      await scroller.evaluate((element) => element.scrollTo(0, 0));
      await jump.waitFor();
      await press();
      await log.getByText(answer).waitFor();
      await jump.waitFor({ state: 'hidden' });
      await standsAtEnd(page);
    }

    // Another page of the same member began this one.
    await scroller.evaluate((element) => element.scrollTo(0, 0));
    await jump.waitFor();
    await discord.act(alice.id, channelId).press(id, 'answer');
    await jump.getByText('1 new message · Jump to present').waitFor();
  });

  it('keeps what is not sent yet for its channel', async () => {
    const { page, box, alert } = await open();
    const go = async (name: string) => {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByRole('heading', { name, exact: true, level: 1 }).waitFor();
    };
    await box.fill('for general');
    await go('sketches');
    expect(await box.inputValue()).toBe('');
    await box.fill('for sketches');
    await page.locator('#chooser').setInputFiles({ name: 'x.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
    await go('general');
    expect(await box.inputValue()).toBe('for general');
    expect(await page.getByRole('group', { name: 'x.txt' }).count()).toBe(0);
    await go('sketches');
    expect(await box.inputValue()).toBe('for sketches');
    await page.getByRole('group', { name: 'x.txt' }).waitFor();
    await box.press('Enter');
    await go('general');
    await page.reload();
    await expect.poll(() => box.inputValue()).toBe('for general');

    // What cannot be sent comes back to where it was typed.
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/playground/act', async (route) => {
      await held;
      await route.abort();
    });
    await box.press('Enter');
    await go('sketches');
    expect(await box.inputValue()).toBe('');
    release();
    await alert.getByText('The playground cannot be reached.').waitFor();
    expect(await box.inputValue()).toBe('');
    await go('general');
    expect(await box.inputValue()).toBe('for general');
    // It was heard from again.
    await expect.poll(() => alert.textContent()).toBe('');
  });

  it('marks a channel in which something new was said', async () => {
    const { discord, page } = await open();
    const { world } = discord;
    await discord.act(world.users.bob.id, world.channels.thread.id).post('over here');
    await page.getByRole('button', { name: /sketches \(unread\)/ }).click();
    await page.getByText('over here').waitFor();
    expect(await page.getByText('(unread)').count()).toBe(0);
  });
});
