import { type APIMessage, PermissionFlagsBits } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { PNG } from './pictures.ts';
import { createRest, startChecked } from './real-client.ts';

const { AttachFiles, ManageMessages, ReadMessageHistory, SendMessages, SendMessagesInThreads, ViewChannel } =
  PermissionFlagsBits;

async function start(options?: Parameters<typeof startChecked>[0]) {
  const local = await startChecked(options);
  const rest = createRest(local);
  const { general } = local.world.channels;
  return {
    local,
    rest,
    general,
    alice: local.act(local.world.users.alice.id, general.id),
    messagesIn: (channelId: string) => `/channels/${channelId}/messages` as const,
    post: async (body: object, channelId: string = general.id, files: { name: string; data: Buffer }[] = []) =>
      (await rest.post(`/channels/${channelId}/messages`, { body, files })) as APIMessage,
  };
}

describe('messages of the bot', () => {
  it('are read back in pages, newest first, without ephemeral ones', async () => {
    const { rest, post, general, messagesIn, local, alice } = await start();
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.push((await post({ content: `${index}` })).id);
    const { id, token } = await alice.rawCommand({ name: 'x' });
    await rest.post(`/interactions/${id}/${token}/callback`, {
      auth: false,
      body: { type: 4, data: { content: 'psst', flags: 64 } },
    });
    const list = async (query: Record<string, string>) => {
      const messages = (await rest.get(messagesIn(general.id), { query: new URLSearchParams(query) })) as APIMessage[];
      return messages.map(({ content }) => content);
    };
    expect(await list({})).toEqual(['4', '3', '2', '1', '0']);
    expect(await list({ limit: '2' })).toEqual(['4', '3']);
    expect(await list({ before: ids[2] ?? '' })).toEqual(['1', '0']);
    expect(await list({ after: ids[2] ?? '', limit: '1' })).toEqual(['3']);
    expect(await list({ around: ids[2] ?? '', limit: '3' })).toEqual(['3', '2', '1']);
    await expect(
      rest.get(messagesIn(general.id), { query: new URLSearchParams({ limit: '101' }) }),
    ).rejects.toMatchObject({ code: 50035 });
    expect(local.messages(general.id)).toHaveLength(5);
  });

  it('are posted once for a nonce that is enforced, within a few minutes', async () => {
    let time = Date.now();
    const { post } = await start({ now: () => time });
    const body = { content: 'x', nonce: 'n', enforce_nonce: true };
    const { id } = await post(body);
    expect((await post(body)).id).toBe(id);
    expect((await post({ ...body, enforce_nonce: false })).id).not.toBe(id);
    time += 6 * 60_000;
    expect((await post(body)).id).not.toBe(id);
  });

  it('reply to what is there, and stand alone when it is gone and that is fine', async () => {
    const { local, post, alice, general } = await start();
    const target = await alice.post('hello');
    const message_reference = { message_id: target.id, fail_if_not_exists: false };
    expect(await post({ content: 'x', message_reference })).toMatchObject({
      type: 19,
      referenced_message: { id: target.id },
      mentions: [{ username: 'alice' }],
    });
    expect((await post({ content: 'x', message_reference, allowed_mentions: { parse: [] } })).mentions).toEqual([]);
    local.deleteMessage(general.id, target.id);
    const alone = await post({ content: 'x', message_reference });
    expect(alone.type).toBe(0);
    expect(alone).not.toHaveProperty('message_reference');
  });

  it('are its own to edit and to delete', async () => {
    const { local, rest, alice, post, general, messagesIn } = await start();
    const foreign = `${messagesIn(general.id)}/${(await alice.post('hello')).id}` as const;
    await expect(rest.patch(foreign, { body: { content: 'x' } })).rejects.toMatchObject({ code: 50005 });
    await expect(rest.delete(foreign)).rejects.toMatchObject({ code: 50013 });
    local.setBotPermissions(general.id, ViewChannel | SendMessages | ManageMessages);
    await rest.delete(foreign);
    const own = `${messagesIn(general.id)}/${(await post({ content: 'x' })).id}` as const;
    await rest.delete(own);
    await expect(rest.patch(own, { body: { content: 'x' } })).rejects.toMatchObject({ code: 10008 });
    await expect(rest.delete(own)).rejects.toMatchObject({ code: 10008 });
  });
});

describe('permissions', () => {
  it.each([
    ['the view of the channel', 0n, 50001],
    ['sending', ViewChannel, 50013],
    ['files', ViewChannel | SendMessages, 50013],
    ['replies', ViewChannel | SendMessages | AttachFiles, 160002],
  ])('withhold %s', async (_what, permissions, code) => {
    const { local, alice, post, general } = await start();
    const { id } = await alice.post('hello');
    local.setBotPermissions(general.id, permissions);
    await expect(
      post({ content: 'x', message_reference: { message_id: id } }, general.id, [{ name: 'a.png', data: PNG }]),
    ).rejects.toMatchObject({ code });
    local.setBotPermissions(general.id, undefined);
    await post({ content: 'x' });
  });

  it('withhold reading what was written', async () => {
    const { local, rest, general, messagesIn, post } = await start();
    const { id } = await post({ content: 'x' });
    local.setBotPermissions(general.id, ViewChannel | SendMessages);
    await expect(rest.get(messagesIn(general.id))).rejects.toMatchObject({ code: 50013 });
    await expect(rest.get(`${messagesIn(general.id)}/${id}`)).rejects.toMatchObject({ code: 50013 });
  });

  it('are told with each interaction, and apply to threads unless they have their own', async () => {
    const { local, post, general } = await start();
    const { thread } = local.world.channels;
    const told = async () => {
      const { record } = await local.act(local.world.users.alice.id, thread.id).rawCommand({ name: 'x' });
      return BigInt(record().payload.app_permissions);
    };
    expect((await told()) & AttachFiles).toBe(AttachFiles);
    local.setBotPermissions(general.id, ViewChannel | SendMessages | AttachFiles | ReadMessageHistory);
    await expect(post({ content: 'x' }, thread.id)).rejects.toMatchObject({ code: 50013 });
    expect((await told()) & AttachFiles).toBe(0n);
    local.setBotPermissions(thread.id, ViewChannel | SendMessagesInThreads | AttachFiles);
    await post({ content: 'x' }, thread.id);
    expect((await told()) & AttachFiles).toBe(AttachFiles);
  });
});

describe('channels', () => {
  it('are described as Discord describes them', async () => {
    const { local, rest } = await start();
    const { gallery, thread, general, dm } = local.world.channels;
    expect(await rest.get(`/channels/${gallery.id}`)).toMatchObject({
      nsfw: true,
      type: 0,
      guild_id: local.world.guild.id,
    });
    expect(await rest.get(`/channels/${thread.id}`)).toMatchObject({
      parent_id: general.id,
      type: 11,
      thread_metadata: { archived: false },
    });
    expect(await rest.get(`/channels/${dm.alice.id}`)).toMatchObject({ type: 1, recipients: [{ username: 'alice' }] });
    expect(await rest.get(`/guilds/${local.world.guild.id}`)).toMatchObject({ name: local.world.guild.name });
    await expect(rest.get('/channels/123')).rejects.toMatchObject({ code: 10003 });
    await expect(rest.get('/guilds/123')).rejects.toMatchObject({ code: 10004 });
  });

  it('take their messages and threads along when they are deleted', async () => {
    const { local, rest, post, general, messagesIn, alice } = await start();
    const { thread } = local.world.channels;
    await post({ content: 'x' });
    local.deleteChannel(general.id);
    await expect(post({ content: 'x' })).rejects.toMatchObject({ code: 10003 });
    await expect(rest.get(messagesIn(thread.id))).rejects.toMatchObject({ code: 10003 });
    await expect(alice.post('x')).rejects.toThrow('There is no channel');
    local.reset();
    expect(local.messages(general.id)).toEqual([]);
    await post({ content: 'x' });
  });

  it('refuse messages in archived and locked threads', async () => {
    const { local, post } = await start();
    const { thread } = local.world.channels;
    local.setThreadState(thread.id, { archived: true });
    await expect(post({ content: 'x' }, thread.id)).rejects.toMatchObject({ code: 50083 });
    local.setThreadState(thread.id, { archived: false, locked: true });
    await expect(post({ content: 'x' }, thread.id)).rejects.toMatchObject({ code: 160005 });
  });

  it('open a DM with a member, who may block the bot', async () => {
    const { local, rest, post } = await start();
    const { alice } = local.world.users;
    const { dm } = local.world.channels;
    expect(await rest.post('/users/@me/channels', { body: { recipient_id: alice.id } })).toMatchObject({
      id: dm.alice.id,
    });
    await expect(rest.post('/users/@me/channels', { body: { recipient_id: '1' } })).rejects.toMatchObject({
      code: 50033,
    });
    await post({ content: 'x' }, dm.alice.id);
    local.setBotPermissions(dm.alice.id, 0n);
    await expect(post({ content: 'x' }, dm.alice.id)).rejects.toMatchObject({ code: 50007 });
  });
});

describe('who may call', () => {
  it('is a bot with the token and a user agent', async () => {
    const { local } = await start();
    const call = (headers: Record<string, string>, path = '/users/@me', method = 'GET') =>
      fetch(`${local.apiUrl}/v10${path}`, { headers, method });
    const agent = { 'user-agent': 'DiscordBot (https://easel.example, 1)' };
    const bot = { ...agent, authorization: `Bot ${local.token}` };
    expect((await call(bot)).status).toBe(200);
    expect((await call(agent)).status).toBe(401);
    expect((await call({ ...agent, authorization: 'Bot wrong' })).status).toBe(401);
    expect(await (await call({ authorization: `Bot ${local.token}` })).json()).toMatchObject({ code: 40333 });
    expect((await call(bot, '/nowhere')).status).toBe(404);
    expect((await call(bot, '/users/@me', 'PUT')).status).toBe(405);
    expect((await fetch(`${local.origin}/`)).status).toBe(404);
  });

  it('sends JSON that is JSON', async () => {
    const { local, messagesIn, general } = await start();
    const call = (body: string, type: string) =>
      fetch(`${local.apiUrl}/v10${messagesIn(general.id)}`, {
        method: 'POST',
        body,
        headers: { 'user-agent': 'DiscordBot (x, 1)', authorization: `Bot ${local.token}`, 'content-type': type },
      });
    expect(await (await call('{', 'application/json')).json()).toMatchObject({ code: 50109 });
    expect(await (await call('--x\r\n', 'multipart/form-data; boundary=x')).json()).toMatchObject({ code: 50035 });
    expect(await (await call('[]', 'application/json')).json()).toMatchObject({ code: 50035 });
  });
});

it('tells a bot who it is', async () => {
  const { local, rest } = await start();
  expect(await rest.get('/users/@me')).toMatchObject({ id: local.applicationId, bot: true });
  expect(await rest.get('/applications/@me')).toMatchObject({ id: local.applicationId });
  expect(await rest.get('/oauth2/applications/@me')).toMatchObject({ id: local.applicationId });
  expect(await rest.get('/gateway', { auth: false })).toEqual({ url: expect.stringMatching(/^ws:/) });
});
