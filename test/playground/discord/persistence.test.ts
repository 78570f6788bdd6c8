import { appendFile, cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createLocalDiscord,
  FolderInUseError,
  type LocalDiscord,
} from '../../../src/playground/discord/local-discord.ts';
import { startLocalDiscord } from '../../support/local-discord.ts';
import { until } from '../../support/until.ts';
import { PNG } from './pictures.ts';
import { createRest } from './real-client.ts';

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'local-discord-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Alice's picture, a registered command, and an interaction that is "thinking". */
async function liveALittle(local: LocalDiscord) {
  const rest = createRest(local);
  const alice = local.act(local.world.users.alice.id, local.world.channels.general.id);
  await rest.put(`/applications/${local.applicationId}/commands`, {
    body: [{ name: 'imagine', description: 'Paint' }],
  });
  const post = await alice.post('look', [{ file: PNG, name: 'cat.png' }]);
  const interaction = await alice.command('imagine');
  await rest.post(`/interactions/${interaction.id}/${interaction.token}/callback`, { auth: false, body: { type: 5 } });
  return { post, interaction };
}

/** The pool may still hold connections to whoever was at that address before. */
async function readAnew(url: string): Promise<Buffer> {
  return until(async () => Buffer.from(await (await fetch(url)).arrayBuffer()));
}

const journalIn = (folder: string) => join(folder, 'journal.jsonl');

describe('a folder', () => {
  it('brings everything back after a restart, at the address it had', async () => {
    const folder = await makeFolder();
    const before = await createLocalDiscord({ folder });
    const { post, interaction } = await liveALittle(before);
    const address = before.message(before.world.channels.general.id, post.id)?.attachments[0]?.url;
    const commands = before.commands();
    await before.close();

    const after = await startLocalDiscord({ folder });
    expect(after.notices).toEqual([]);
    expect(after.token).toBe(before.token);
    expect(after.commands()).toEqual(commands);
    const { general } = after.world.channels;
    expect(after.messages(general.id).map(({ id, content }) => [id, content])).toEqual([
      [post.id, 'look'],
      [expect.any(String), ''],
    ]);
    const url = after.message(general.id, post.id)?.attachments[0]?.url ?? '';
    expect(new URL(url).origin).toBe(new URL(address ?? '').origin);
    expect(await readAnew(url)).toEqual(PNG);
    expect((await after.interaction(interaction.id)?.response())?.type).toBe('thinking');

    const original = `/webhooks/${after.applicationId}/${interaction.token}/messages/@original` as const;
    await until(() => createRest(after).patch(original, { auth: false, body: { content: 'done' } }));
    expect((await after.interaction(interaction.id)?.final())?.content).toBe('done');
    const next = await after.act(after.world.users.bob.id, general.id).post('hello');
    expect(BigInt(next.id)).toBeGreaterThan(BigInt(post.id));
  });

  it('loses nothing that was answered when the process is killed', async () => {
    const folder = await makeFolder();
    const killed = await startLocalDiscord({ folder });
    const { post } = await liveALittle(killed);
    // Nothing is flushed or closed: the second one starts from what the first one had on disk by then.
    const left = await makeFolder();
    await cp(folder, left, { recursive: true });
    const after = await startLocalDiscord({ folder: left });
    expect(after.messages(after.world.channels.general.id)).toHaveLength(2);
    expect(
      (await fetch(after.message(after.world.channels.general.id, post.id)?.attachments[0]?.url ?? '')).status,
    ).toBe(200);
  });

  it('fails an interaction that nobody answered before the restart', async () => {
    const folder = await makeFolder();
    let time = Date.now();
    const now = () => time;
    const before = await createLocalDiscord({ folder, now });
    const { id } = await before
      .act(before.world.users.alice.id, before.world.channels.general.id)
      .rawCommand({ name: 'x' });
    await before.close();
    time += 60_000;
    const after = await startLocalDiscord({ folder, now });
    expect(await after.interaction(id)?.response()).toMatchObject({ type: 'failed' });
  });

  it('leaves out a last line that was cut short', async () => {
    const folder = await makeFolder();
    const before = await createLocalDiscord({ folder });
    await liveALittle(before);
    await before.close();
    await appendFile(journalIn(folder), '["message","123",{"id":"12');
    const after = await startLocalDiscord({ folder });
    expect(after.notices).toEqual([]);
    expect(after.messages(after.world.channels.general.id)).toHaveLength(2);
  });

  it.each([
    ['with a line that is no JSON', (content: string) => content.replace('["message"', '["mess'), 1],
    ['with a line of another shape', (content: string) => content.replace('"authorId"', '"author"'), 1],
    ['with another first line', (content: string) => content.replace('local-discord', 'remote-discord'), 2],
    ['of another program', () => 'hello\n', 0],
    ['that is empty', () => '', 0],
  ])('reads what it can of a journal %s, and keeps the whole aside', async (_what, spoil, readable) => {
    const folder = await makeFolder();
    const before = await createLocalDiscord({ folder });
    await liveALittle(before);
    await before.close();
    const spoilt = spoil(await readFile(journalIn(folder), 'utf8'));
    await writeFile(journalIn(folder), spoilt);
    const [picture = ''] = await readdir(join(folder, 'files'));

    const after = await createLocalDiscord({ folder });
    const aside = join(folder, 'unreadable-1');
    expect(after.notices).toEqual([
      `Part of the saved conversation could not be read and was left out. The whole of it is kept in ${aside}.`,
    ]);
    expect(after.messages(after.world.channels.general.id)).toHaveLength(readable);
    expect(await readFile(journalIn(aside), 'utf8')).toBe(spoilt);
    const kept = readable === 2 ? join(folder, 'files') : join(aside, 'files');
    expect(await readFile(join(kept, picture))).toEqual(PNG);
    await liveALittle(after);
    await after.close();

    const again = await startLocalDiscord({ folder });
    expect(again.notices).toEqual([]);
    expect(again.messages(again.world.channels.general.id)).toHaveLength(readable + 2);
    expect(await readFile(journalIn(aside), 'utf8')).toBe(spoilt);
  });

  it('keeps only the files something needs', async () => {
    const folder = await makeFolder();
    const before = await createLocalDiscord({ folder });
    const { post } = await liveALittle(before);
    await writeFile(join(folder, 'files', '123'), 'left over by a crash');
    await before.close();
    const after = await startLocalDiscord({ folder });
    const files = () => readdir(join(folder, 'files'));
    expect(await files()).toHaveLength(1);
    after.deleteMessage(after.world.channels.general.id, post.id);
    expect(await files()).toEqual([]);
  });

  it('stays small however often a message changes', async () => {
    const folder = await makeFolder();
    const local = await createLocalDiscord({ folder });
    const { interaction } = await liveALittle(local);
    // Without discord.js, which would keep itself to 50 requests a second.
    const url = `${local.apiUrl}/v10/webhooks/${local.applicationId}/${interaction.token}/messages/@original`;
    const headers = { 'user-agent': 'DiscordBot (x, 1)', 'content-type': 'application/json' };
    for (let edit = 0; edit < 1200; edit += 1) {
      const answer = await fetch(url, { method: 'PATCH', headers, body: JSON.stringify({ content: `${edit}…` }) });
      await answer.arrayBuffer();
    }
    const lines = (await readFile(journalIn(folder), 'utf8')).split('\n');
    expect(lines.length).toBeLessThan(2_000);
    await local.close();
    const again = await startLocalDiscord({ folder });
    expect(again.interaction(interaction.id)?.message()?.content).toBe('1199…');
  });

  it('is empty but for the commands after a reset', async () => {
    const folder = await makeFolder();
    const before = await createLocalDiscord({ folder });
    await liveALittle(before);
    before.setBotPermissions(before.world.channels.general.id, 0n);
    before.reset();
    expect(await readFile(journalIn(folder), 'utf8')).not.toContain('look');
    expect(before.interactions()).toEqual([]);
    expect(before.requests).toEqual([]);
    await before.close();
    const after = await startLocalDiscord({ folder });
    expect(after.messages(after.world.channels.general.id)).toEqual([]);
    expect(after.interactions()).toEqual([]);
    expect(after.commands()).toHaveLength(1);
    expect(await readdir(join(folder, 'files'))).toEqual([]);
    await createRest(after).post(`/channels/${after.world.channels.general.id}/messages`, { body: { content: 'x' } });
  });

  it('belongs to one local Discord at a time', async () => {
    const folder = await makeFolder();
    const first = await createLocalDiscord({ folder });
    const { ino } = await stat(journalIn(folder));
    await expect(createLocalDiscord({ folder })).rejects.toThrow(FolderInUseError);
    expect((await stat(journalIn(folder))).ino).toBe(ino);
    await liveALittle(first);
    await first.close();
    const next = await startLocalDiscord({ folder });
    expect(next.messages(next.world.channels.general.id)).toHaveLength(2);
  });

  it('has to be a folder', async () => {
    const folder = await makeFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(createLocalDiscord({ folder: join(folder, 'file') })).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});

it('says that its port is in use', async () => {
  const { origin } = await startLocalDiscord();
  await expect(createLocalDiscord({ port: Number(new URL(origin).port) })).rejects.toThrow('EADDRINUSE');
});

it('closes while someone waits, and twice', async () => {
  const local = await createLocalDiscord();
  const { final } = await local
    .act(local.world.users.alice.id, local.world.channels.general.id)
    .rawCommand({ name: 'x' });
  const waiting = expect(final()).rejects.toThrow('The local Discord was closed.');
  await local.close();
  await waiting;
  await local.close();
});
