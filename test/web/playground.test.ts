import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachmentBuilder,
  ComponentType,
  type Interaction,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createLocalDiscord,
  type LocalDiscord,
  type LocalDiscordOptions,
} from '../../src/playground/discord/local-discord.ts';
import { createPlayground, type Playground } from '../../src/playground/server.ts';
import type { Deed, DeedOutcome, Frame, Snapshot } from '../../src/playground/wire.ts';
import { startWebServer } from '../../src/web/server.ts';
import { PNG } from '../playground/discord/pictures.ts';
import { startClient } from '../playground/discord/real-client.ts';
import { startLocalDiscord } from '../support/local-discord.ts';

const PAGE_FOLDER = new URL('../../src/playground/page/', import.meta.url);

interface Served {
  discord: LocalDiscord;
  playground: Playground;
  url: string;
  alice: { memberId: string; channelId: string };
  bob: { memberId: string; channelId: string };
  moderator: { memberId: string; channelId: string };
}

/** The playground's pages over a local Discord, everybody in general. */
async function serve(options: LocalDiscordOptions = {}): Promise<Served> {
  return serveOver(await startLocalDiscord(options));
}

async function serveOver(discord: LocalDiscord): Promise<Served> {
  const playground = await createPlayground({ discord });
  const web = await startWebServer({
    host: '127.0.0.1',
    port: 0,
    pages: playground.pages,
    onError(error) {
      throw error;
    },
  });
  onTestFinished(() => web.close());
  const channelId = discord.world.channels.general.id;
  const { alice, bob, moderator } = discord.world.users;
  const there = ({ id }: { id: string }) => ({ memberId: id, channelId });
  return { discord, playground, url: web.url, alice: there(alice), bob: there(bob), moderator: there(moderator) };
}

async function act(url: string, deed: Deed, files: readonly File[] = []): Promise<DeedOutcome> {
  const body = new FormData();
  body.set('deed', JSON.stringify(deed));
  for (const file of files) body.append('files', file);
  const response = await fetch(`${url}/playground/act`, { method: 'POST', body });
  expect(response.status).toBe(200);
  return (await response.json()) as DeedOutcome;
}

/** Reads a stream of events; `until` resolves with the first frame that fits, which may have come already. */
async function watch(url: string, query: Record<string, string> = {}) {
  const leave = new AbortController();
  onTestFinished(() => leave.abort());
  const response = await fetch(`${url}/playground/events?${new URLSearchParams(query)}`, { signal: leave.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  const reading = (async () => {
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) if (part.startsWith('data: ')) frames.push(JSON.parse(part.slice(6)));
      for (const look of waiting) look();
    }
  })().catch(() => {});
  function until<Type extends Frame['type']>(
    type: Type,
    fits: (frame: Extract<Frame, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<Frame, { type: Type }>> {
    return new Promise((resolve) => {
      const look = () => {
        const found = frames.find((frame) => frame.type === type && fits(frame as Extract<Frame, { type: Type }>));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found as Extract<Frame, { type: Type }>);
      };
      waiting.add(look);
      look();
    });
  }
  return { frames, until, ended: reading, leave: () => leave.abort() };
}

async function snapshotOf(url: string, query: Record<string, string> = {}): Promise<Snapshot> {
  const stream = await watch(url, query);
  const snapshot = await stream.until('snapshot');
  stream.leave();
  return snapshot;
}

/** A bot with the commands `/hello`, `/secret`, `/silent`, `/form`, `/paint`, `/recent` and the answers they promise. */
async function startBot(discord: LocalDiscord): Promise<void> {
  const client = await startClient(discord, async (interaction: Interaction) => {
    if (interaction.isModalSubmit()) {
      await interaction.reply(`got ${interaction.fields.getTextInputValue('text')}`);
    } else if (interaction.isChatInputCommand()) {
      if (interaction.commandName === 'hello') {
        const file = interaction.options.getAttachment('file');
        await interaction.reply(`hello ${file?.name ?? 'you'}`);
      }
      if (interaction.commandName === 'secret')
        await interaction.reply({ content: 'psst', flags: MessageFlags.Ephemeral });
      if (interaction.commandName === 'paint' || interaction.commandName === 'recent') {
        const id = interaction.commandName === 'paint' ? interaction.id : '1180000000000000001';
        const name = `easel-${id}-1.png`;
        await interaction.reply({
          flags: MessageFlags.IsComponentsV2,
          files: [new AttachmentBuilder(PNG, { name })],
          components: [
            { type: ComponentType.MediaGallery, items: [{ media: { url: `attachment://${name}` } }] },
            { type: ComponentType.TextDisplay, content: '-# flux · Novita · 16×8 · 4 steps · $0.00300' },
          ],
        });
      }
      if (interaction.commandName === 'form') {
        const input = new TextInputBuilder().setCustomId('text').setStyle(TextInputStyle.Short);
        await interaction.showModal(
          new ModalBuilder()
            .setCustomId('form')
            .setTitle('A form')
            .addLabelComponents(new LabelBuilder().setLabel('Text').setTextInputComponent(input)),
        );
      }
    }
  });
  await client.application.commands.set([
    { name: 'hello', description: 'Says hello', options: [{ type: 11, name: 'file', description: 'A file' }] },
    { name: 'secret', description: 'Says it to you alone' },
    { name: 'silent', description: 'Says nothing' },
    { name: 'form', description: 'Asks' },
    { name: 'paint', description: 'Paints' },
    { name: 'recent', description: 'Shows what was painted' },
  ]);
}

describe('the page', () => {
  it('is there with all it needs, and nothing from elsewhere', async () => {
    const { url } = await serve();
    const names = (await readdir(PAGE_FOLDER)).filter((name) => /\.(js|css|svg|html)$/.test(name));
    for (const path of ['/', '/favicon.ico', ...names.map((name) => `/playground/page/${name}`)]) {
      const response = await fetch(url + path);
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const again = await fetch(url + path, { headers: { 'if-none-match': response.headers.get('etag') ?? '' } });
      expect(again.status).toBe(304);
      await response.body?.cancel();
    }
    for (const name of names) {
      const text = await readFile(new URL(name, PAGE_FOLDER), 'utf8');
      expect([name, text.match(/https?:\/\/(?!www\.w3\.org\/)[\w.]+\.\w+/g)]).toEqual([name, null]);
    }
  });

  it('brings its style sheets as one, in their order', async () => {
    const { url } = await serve();
    const named = (html: string) =>
      [...html.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, path]) => path);
    const names = named(await readFile(new URL('index.html', PAGE_FOLDER), 'utf8'));
    const sheets = await Promise.all(names.map((path) => readFile(new URL(`../..${path}`, PAGE_FOLDER), 'utf8')));
    const [joined, ...others] = named(await (await fetch(url)).text());
    expect(others).toEqual([]);
    const response = await fetch(url + joined);
    expect(response.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(await response.text()).toBe(sheets.join('\n'));
  });

  it('keeps its scripts under 250 KB', async () => {
    const scripts = (await readdir(PAGE_FOLDER)).filter((name) => name.endsWith('.js'));
    const sizes = await Promise.all(scripts.map(async (name) => (await readFile(new URL(name, PAGE_FOLDER))).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000);
  });

  it('calls the numbers of Discord by their names', async () => {
    const scripts = (await readdir(PAGE_FOLDER)).filter((name) => name.endsWith('.js'));
    for (const name of scripts) {
      const text = await readFile(new URL(name, PAGE_FOLDER), 'utf8');
      expect([name, text.match(/\bcase \d+|\b(type|style|spacing) [!=]== \d+|\b1 << \d+/g)]).toEqual([name, null]);
    }
  });

  it('names every file it loads in index.html or an import', async () => {
    const names = (await readdir(PAGE_FOLDER)).filter((name) => /\.(js|css)$/.test(name));
    const sources = await Promise.all(
      [...names, 'index.html'].map((name) => readFile(new URL(name, PAGE_FOLDER), 'utf8')),
    );
    for (const name of names) expect([name, sources.some((text) => text.includes(`/${name}`))]).toEqual([name, true]);
  });
});

describe('who may use the playground', () => {
  function status(url: string, options: { method?: string; path?: string; headers: Record<string, string> }) {
    const { method = 'GET', path = '/playground/events', headers } = options;
    return new Promise<number>((resolve, reject) => {
      const outgoing = httpRequest(url + path, { method, headers });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        response.destroy();
        resolve(response.statusCode ?? 0);
      });
      outgoing.end();
    });
  }

  it.each([
    ['a rebound name', { host: 'evil.example' }],
    ['a rebound name with the port', { host: 'evil.example:3000' }],
    ['another site', { origin: 'https://evil.example' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ])('refuses %s', async (_who, headers) => {
    const { url } = await serve();
    expect(await status(url, { headers })).toBe(403);
    expect(await status(url, { method: 'POST', path: '/playground/act', headers })).toBe(403);
    expect(await status(url, { path: '/playground/files/attachments/1/2/a.png', headers })).toBe(403);
  });

  it('refuses a cross-site form that navigates', async () => {
    const { url } = await serve();
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(await status(url, { method: 'POST', path: '/playground/act', headers })).toBe(403);
  });

  it('lets itself, a typed address, a followed link and the command line in', async () => {
    const { url } = await serve();
    const port = new URL(url).port;
    expect(await status(url, { headers: { 'sec-fetch-site': 'same-origin', origin: url } })).toBe(200);
    expect(await status(url, { path: '/', headers: { 'sec-fetch-site': 'none' } })).toBe(200);
    expect(
      await status(url, { path: '/', headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } }),
    ).toBe(200);
    expect(await status(url, { headers: { host: `localhost:${port}` } })).toBe(200);
    expect(await status(url, { headers: { host: `[::1]:${port}` } })).toBe(200);
    expect(await status(url, { headers: {} })).toBe(200);
  });
});

describe('the events', () => {
  it('begin with everything a member sees in a channel', async () => {
    const { discord, url, alice } = await serve();
    await discord.act(alice.memberId, alice.channelId).post('first');
    const snapshot = await snapshotOf(url, { member: alice.memberId, channel: alice.channelId });
    expect(snapshot).toMatchObject({
      memberId: alice.memberId,
      channelId: alice.channelId,
      botConnected: false,
      more: false,
      messages: [{ content: 'first' }],
    });
    expect(snapshot.members.map(({ name, moderator }) => [name, moderator])).toEqual([
      ['Alice', false],
      ['Bob', false],
      ['Morgan', true],
    ]);
  });

  it('go on with what happens, private messages only to their member', async () => {
    const { discord, url, alice, bob } = await serve();
    await startBot(discord);
    const toAlice = await watch(url, { member: alice.memberId });
    const toBob = await watch(url, { member: bob.memberId });
    await Promise.all([toAlice.until('snapshot'), toBob.until('snapshot')]);
    expect(await act(url, { ...alice, kind: 'command', name: 'secret', options: {} })).toMatchObject({
      type: 'answered',
    });
    await act(url, { ...bob, kind: 'post', content: 'over' });
    const isOver = (frame: Extract<Frame, { type: 'message' }>) => frame.message.content === 'over';
    await Promise.all([toAlice.until('message', isOver), toBob.until('message', isOver)]);
    const contents = (frames: readonly Frame[]) =>
      frames.flatMap((frame) => (frame.type === 'message' ? [frame.message.content] : []));
    expect(contents(toAlice.frames)).toEqual(['psst', 'over']);
    expect(contents(toBob.frames)).toEqual(['over']);
  });

  it('tell of other channels, commands, the bot and a reset', async () => {
    const { discord, url, alice } = await serve();
    const stream = await watch(url, { member: alice.memberId });
    await stream.until('snapshot');
    await startBot(discord);
    await stream.until('bot', ({ connected }) => connected);
    await stream.until('commands', ({ commands }) => commands.length === 6);
    await discord.act(alice.memberId, discord.world.channels.gallery.id).post('elsewhere');
    expect(await stream.until('elsewhere')).toMatchObject({ channelId: discord.world.channels.gallery.id });
    await act(url, { ...alice, kind: 'post', content: 'here' });
    expect(await act(url, { ...alice, kind: 'reset' })).toEqual({ type: 'done' });
    await stream.until('snapshot', (frame) => frame.commands.length === 6 && frame.messages.length === 0);
  });

  it('name each interaction as a member knows it, and say what it painted, not what it shows', async () => {
    const { discord, url, alice } = await serve();
    await startBot(discord);
    const stream = await watch(url, { member: alice.memberId });
    for (const name of ['paint', 'recent', 'form']) await act(url, { ...alice, kind: 'command', name, options: {} });
    const { id } = await stream
      .until('interaction', ({ interaction }) => interaction.name === 'form')
      .then(({ interaction }) => interaction);
    await act(url, { ...alice, kind: 'modal', interactionId: id, values: { text: 'it' } });
    const last = async (kind: string, title: string) => {
      const frame = await stream.until(
        'interaction',
        ({ interaction }) =>
          interaction.kind === kind && interaction.title === title && interaction.outcome === 'finished',
      );
      return frame.interaction;
    };
    expect(await last('command', '/paint')).toMatchObject({ provider: 'Novita', cost: '$0.00300' });
    const shown = await last('command', '/recent');
    expect([shown.messageId, shown.provider, shown.cost]).toEqual([expect.any(String), undefined, undefined]);
    await last('modal', 'A form');
    // What painted a picture is known for longer than the picture.
    const [painted] = discord.messages(alice.channelId);
    discord.deleteMessage(alice.channelId, painted?.id ?? '');
    const { interactions } = await snapshotOf(url, { member: alice.memberId });
    expect(interactions[0]).toMatchObject({ title: '/paint', provider: 'Novita', cost: '$0.00300' });
    expect(interactions[0]?.messageId).toBeUndefined();
  });

  it('tell of what cannot be saved, as long as it cannot', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'playground-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const { discord, url, alice } = await serve({ folder });
    const stream = await watch(url, { member: alice.memberId });
    await stream.until('snapshot', ({ notices }) => notices.length === 0);
    const files = join(folder, 'files');
    await rename(files, `${files}-away`);
    const post = () => discord.act(alice.memberId, alice.channelId).post('', [{ file: PNG, name: 'fox.png' }]);
    await expect(post()).rejects.toThrow('ENOENT');
    await stream.until('notices', ({ notices }) => /^A file could not be saved/.test(notices[0] ?? ''));
    await rename(`${files}-away`, files);
    await post();
    await stream.until('notices', ({ notices }) => notices.length === 0);
  });

  it('list the commands a member may use there', async () => {
    const { discord, url, alice, moderator } = await serve();
    const client = await startClient(discord);
    const toAlice = await watch(url, { member: alice.memberId });
    await toAlice.until('snapshot');
    await client.application.commands.set([
      { name: 'everyone', description: 'For all' },
      { name: 'settings', description: 'For some', defaultMemberPermissions: '32' },
    ]);
    await client.application.commands.set([{ name: 'guild', description: 'Of the guild' }], discord.world.guild.id);
    const names = ({ commands }: { commands: readonly { name: string }[] }) => commands.map(({ name }) => name);
    await toAlice.until('commands', (frame) => names(frame).join() === 'guild,everyone');
    const snapshot = await snapshotOf(url, { member: moderator.memberId });
    expect(names(snapshot)).toEqual(['guild', 'everyone', 'settings']);
  });

  it('show one member no other member’s DM', async () => {
    const { discord, url, alice } = await serve();
    const dm = discord.world.channels.dm.bob.id;
    const snapshot = await snapshotOf(url, { member: alice.memberId, channel: dm });
    expect(snapshot.channelId).toBe(discord.world.channels.general.id);
  });

  it('keep to the newest messages and say that there are more', async () => {
    const { discord, url, alice } = await serve();
    const driver = discord.act(alice.memberId, alice.channelId);
    for (const content of ['one', 'two', 'three']) await driver.post(content);
    const snapshot = await snapshotOf(url, { messages: '2' });
    expect(snapshot.more).toBe(true);
    expect(snapshot.messages.map(({ content }) => content)).toEqual(['two', 'three']);
  });

  it('reach back to a message, and a little further', async () => {
    const { discord, url, alice } = await serve();
    const driver = discord.act(alice.memberId, alice.channelId);
    const ids: string[] = [];
    for (let count = 0; count < 30; count += 1) ids.push((await driver.post(`message ${count}`)).id);
    const first = async (query: Record<string, string>) => {
      const { messages, more } = await snapshotOf(url, query);
      return { first: messages[0]?.content, more };
    };
    expect(await first({ messages: '2', from: ids[15] ?? '' })).toEqual({ first: 'message 5', more: true });
    expect(await first({ messages: '2', from: ids[3] ?? '' })).toEqual({ first: 'message 0', more: false });
    expect(await first({ messages: '2', from: '1' })).toEqual({ first: 'message 28', more: true });
  });

  it('tell nobody else what was said to one member, not even as what is answered', async () => {
    const { discord, url, alice, bob } = await serve();
    const client = await startClient(discord, async (interaction) => {
      if (interaction.isChatInputCommand())
        await interaction.reply({
          content: 'psst',
          flags: MessageFlags.Ephemeral,
          components: [{ type: 1, components: [{ type: 2, style: 1, label: 'Tell', custom_id: 'tell' }] }],
        });
      if (interaction.isButton()) await interaction.reply('told');
    });
    await client.application.commands.set([{ name: 'secret', description: 'Says it to you alone' }]);
    await act(url, { ...alice, kind: 'command', name: 'secret', options: {} });
    const [secret] = (await snapshotOf(url, { member: alice.memberId })).messages;
    await act(url, { ...alice, kind: 'press', messageId: secret?.id ?? '', customId: 'tell' });
    const told = async ({ memberId }: { memberId: string }) =>
      (await snapshotOf(url, { member: memberId })).messages.find(({ content }) => content === 'told');
    expect(await told(alice)).toMatchObject({ referenced_message: { content: 'psst' } });
    expect(await told(bob)).toMatchObject({ message_reference: { message_id: secret?.id } });
    expect(JSON.stringify(await told(bob))).not.toContain('psst');
  });

  it('say good-bye when the server stops', async () => {
    const { playground, url } = await serve();
    const stream = await watch(url);
    await stream.until('snapshot');
    playground.close();
    await stream.until('closing');
    await stream.ended;
  });

  it('survive a restart: messages and files are still there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'playground-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const first = await createLocalDiscord({ folder });
    const { alice, bob } = first.world.users;
    const channelId = first.world.channels.general.id;
    await first.act(alice.id, channelId).post('kept', [{ file: PNG, name: 'fox.png' }]);
    await first.close();
    const { url } = await serve({ folder });
    const { messages } = await snapshotOf(url, { member: bob.id, channel: channelId });
    expect(messages.map(({ content }) => content)).toEqual(['kept']);
    const picture = await fetch(url + messages[0]?.attachments[0]?.url);
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(PNG);
  });
});

describe('what a member does', () => {
  it('sends a command with a file, and reads both sides of it under the bonnet', async () => {
    const { discord, url, alice } = await serve();
    await startBot(discord);
    const stream = await watch(url, { member: alice.memberId });
    const file = new File([PNG], 'fox.png', { type: 'image/png' });
    const outcome = await act(url, { ...alice, kind: 'command', name: 'hello', options: { file: { file: 0 } } }, [
      file,
    ]);
    await stream.until('message', ({ message }) => message.content === 'hello fox.png');
    const { interaction } = await stream.until('interaction', (frame) => frame.interaction.outcome === 'finished');
    expect(outcome).toEqual({ type: 'answered', interactionId: interaction.id });
    expect(interaction).toMatchObject({ kind: 'command', name: 'hello', memberId: alice.memberId });
    const details = await (await fetch(`${url}/playground/interaction?id=${interaction.id}`)).json();
    expect(details).toMatchObject({
      sent: { type: 2, data: { name: 'hello' } },
      answeredBefore: false,
      received: [{ method: 'POST', body: { type: 4, data: { content: 'hello fox.png' } } }],
    });
  });

  it('reads after a restart that what the bot sent before is not kept', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'playground-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const first = await createLocalDiscord({ folder });
    await startBot(first);
    const alice = first.act(first.world.users.alice.id, first.world.channels.general.id);
    const { id } = await alice.command('hello');
    await first.interaction(id)?.final();
    await first.close();
    const { url } = await serve({ folder });
    const details = await (await fetch(`${url}/playground/interaction?id=${id}`)).json();
    expect(details).toMatchObject({ sent: { data: { name: 'hello' } }, answeredBefore: true, received: [] });
  });

  it('fills in a form', async () => {
    const { discord, url, alice } = await serve();
    await startBot(discord);
    const stream = await watch(url, { member: alice.memberId });
    const opened = await act(url, { ...alice, kind: 'command', name: 'form', options: {} });
    expect(opened).toMatchObject({ type: 'modal', modal: { title: 'A form' } });
    if (opened.type !== 'modal') return;
    const { interactionId } = opened;
    expect(await act(url, { ...alice, kind: 'modal', interactionId, values: { text: 'it' } })).toMatchObject({
      type: 'answered',
    });
    await stream.until('message', ({ message }) => message.content === 'got it');
  });

  it('hears that a reset ended what they waited for', async () => {
    const { discord, url, alice } = await serve();
    await startBot(discord);
    const stream = await watch(url, { member: alice.memberId });
    const waiting = act(url, { ...alice, kind: 'command', name: 'silent', options: {} });
    await stream.until('interaction');
    await act(url, { ...alice, kind: 'reset' });
    expect(await waiting).toEqual({ type: 'failed', reason: 'The conversation was reset meanwhile' });
  });

  it('hears that the application did not respond', async () => {
    const { discord, url, alice } = await serve({ limits: { interactionMs: 50 } });
    await startBot(discord);
    expect(await act(url, { ...alice, kind: 'command', name: 'silent', options: {} })).toEqual({
      type: 'failed',
      reason: 'The application did not respond',
    });
  });

  it('is refused what Discord’s client would refuse', async () => {
    const { discord, url, alice } = await serve({ limits: { attachmentBytes: 10 } });
    await startBot(discord);
    expect(await act(url, { ...alice, kind: 'command', name: 'nothing', options: {} })).toMatchObject({
      type: 'refused',
    });
    expect(await act(url, { ...alice, kind: 'post', content: 'x'.repeat(2001) })).toMatchObject({ type: 'refused' });
    const file = new File([PNG], 'fox.png');
    expect(await act(url, { ...alice, kind: 'post', content: '' }, [file])).toMatchObject({ type: 'refused' });
    expect(await act(url, { ...alice, kind: 'press', messageId: '1', customId: 'x' })).toMatchObject({
      type: 'refused',
    });
    const options = { file: { file: 3 } };
    expect(await act(url, { ...alice, kind: 'command', name: 'hello', options })).toMatchObject({ type: 'refused' });
  });

  it('deletes own messages, a moderator others’ too', async () => {
    const { discord, url, alice, bob, moderator } = await serve();
    const post = async () => (await discord.act(alice.memberId, alice.channelId).post('mine')).id;
    const [one, two] = [await post(), await post()];
    expect(await act(url, { ...bob, kind: 'delete', messageId: one })).toMatchObject({ type: 'refused' });
    expect(await act(url, { ...alice, kind: 'delete', messageId: one })).toEqual({ type: 'done' });
    expect(await act(url, { ...moderator, kind: 'delete', messageId: two })).toEqual({ type: 'done' });
    expect(discord.messages(alice.channelId)).toEqual([]);
  });

  it('dismisses a private message for good', async () => {
    const { discord, url, alice } = await serve();
    await startBot(discord);
    await act(url, { ...alice, kind: 'command', name: 'secret', options: {} });
    const before = await snapshotOf(url, { member: alice.memberId });
    const messageId = before.messages[0]?.id ?? '';
    expect(await act(url, { ...alice, kind: 'dismiss', messageId })).toEqual({ type: 'done' });
    expect((await snapshotOf(url, { member: alice.memberId })).messages).toEqual([]);
  });

  it.each([
    ['no form', { body: '{}', headers: { 'content-type': 'application/json' } }],
    ['a form without a deed', { body: form({}) }],
    ['no JSON', { body: form({ deed: '{' }) }],
    ['an unknown deed', { body: form({ deed: '{"kind":"fly"}' }) }],
    ['an unknown member', { body: form({ deed: '{"kind":"post","content":"x","memberId":"1","channelId":"2"}' }) }],
    ['a broken form', { body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=b' } }],
  ])('is nothing that is %s', async (_what, init) => {
    const { url } = await serve();
    expect((await fetch(`${url}/playground/act`, { method: 'POST', ...init })).status).toBe(400);
  });
});

describe('files of the conversation', () => {
  async function post(served: Served, file: File): Promise<string> {
    const { discord, alice, url } = served;
    const bytes = new Uint8Array(await file.arrayBuffer());
    await discord
      .act(alice.memberId, alice.channelId)
      .post('', [{ file: bytes, name: file.name, contentType: file.type }]);
    const { messages } = await snapshotOf(url, { member: alice.memberId });
    return messages.at(-1)?.attachments[0]?.url ?? '';
  }

  it('are pictures only when their bytes are', async () => {
    const served = await serve();
    const picture = await post(served, new File([PNG], 'fox.png', { type: 'image/png' }));
    expect(picture).toMatch(/^\/playground\/files\/attachments\/\d+\/\d+\/fox\.png$/);
    const response = await fetch(served.url + picture);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');

    const trick = await post(served, new File(['<script>alert(1)</script>'], 'fox.png', { type: 'image/png' }));
    const download = await fetch(served.url + trick);
    expect(download.headers.get('content-type')).toBe('application/octet-stream');
    expect(download.headers.get('content-disposition')).toBe('attachment');
  });

  it('are still there after their signed addresses have expired', async () => {
    let now = Date.now();
    const served = await serve({ now: () => now });
    const picture = await post(served, new File([PNG], 'fox.png'));
    now += 25 * 60 * 60_000;
    expect((await fetch(served.url + picture)).status).toBe(200);
  });

  it.each(['/playground/files/', '/playground/files/attachments/1/2/no.png', '/playground/files/http://127.0.0.1/'])(
    'are not found at %s',
    async (path) => {
      const { url } = await serve();
      expect((await fetch(url + path)).status).toBe(404);
    },
  );
});

function form(fields: Record<string, string>): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return body;
}
