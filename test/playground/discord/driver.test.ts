import { ApplicationCommandOptionType } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { ClientRefusal, type CommandOptions, type LocalEvent } from '../../../src/playground/discord/local-discord.ts';
import { PNG } from './pictures.ts';
import { createRest, startChecked } from './real-client.ts';

const {
  Attachment,
  Boolean: Flag,
  Channel,
  Integer,
  Number: Decimal,
  String: Text,
  Subcommand,
  SubcommandGroup,
  User,
} = ApplicationCommandOptionType;

const option = (type: number, name: string, fields: object = {}) => ({ type, name, description: name, ...fields });

const COMMANDS = [
  {
    name: 'imagine',
    description: 'Paint',
    options: [
      option(Text, 'prompt', { required: true, max_length: 10 }),
      option(Text, 'model', { choices: [{ name: 'Flux', value: 'flux' }] }),
      option(Integer, 'steps', { min_value: 1, max_value: 4 }),
      option(Decimal, 'strength', { min_value: 0.05, max_value: 1 }),
      option(Flag, 'private'),
      option(Attachment, 'image', { file_types: ['image', '.txt'] }),
      option(User, 'for'),
      option(Channel, 'in'),
    ],
  },
  {
    name: 'settings',
    description: 'Set',
    options: [
      option(SubcommandGroup, 'budget', {
        options: [option(Subcommand, 'set', { options: [option(Integer, 'most')] })],
      }),
    ],
  },
  { name: 'server', description: 'Here', contexts: [0], default_member_permissions: '32' },
  { name: 'adult', description: 'Adult', nsfw: true },
];

async function start() {
  const local = await startChecked({ limits: { attachmentBytes: 2 * 1024 * 1024 } });
  await createRest(local).put(`/applications/${local.applicationId}/commands`, { body: COMMANDS });
  const { users, channels } = local.world;
  return { local, users, channels, alice: local.act(users.alice.id, channels.general.id) };
}

describe('a command', () => {
  it('arrives as Discord sends it, with everything its options name', async () => {
    const { alice, users, channels } = await start();
    const options = {
      prompt: 'a fox',
      steps: 2,
      private: true,
      image: { file: PNG, name: 'fox.png' },
      for: users.bob.id,
      in: channels.gallery.id,
    };
    const { payload } = (await alice.command('imagine', options, { locale: 'de' })).record();
    expect(payload).toMatchObject({ type: 2, locale: 'de', guild_locale: 'en-US', version: 1, entitlements: [] });
    const data = JSON.parse(JSON.stringify(payload.data));
    const [attachment] = Object.values<{ id: string }>(data.resolved.attachments);
    expect(data).toMatchObject({
      name: 'imagine',
      type: 1,
      options: [
        { name: 'prompt', type: Text, value: 'a fox' },
        { name: 'steps', type: Integer, value: 2 },
        { name: 'private', type: Flag, value: true },
        { name: 'image', type: Attachment, value: attachment?.id },
        { name: 'for', type: User, value: users.bob.id },
        { name: 'in', type: Channel, value: channels.gallery.id },
      ],
      resolved: {
        users: { [users.bob.id]: { username: 'bob' } },
        members: { [users.bob.id]: { permissions: expect.any(String) } },
        channels: { [channels.gallery.id]: { nsfw: true } },
      },
    });
    expect(attachment).toMatchObject({
      filename: 'fox.png',
      ephemeral: true,
      width: 16,
      height: 8,
      content_type: 'image/png',
      size: PNG.byteLength,
    });
  });

  it('nests its subcommands', async () => {
    const { alice } = await start();
    const { payload, name } = (await alice.command('settings budget set', { most: 3 })).record();
    expect(name).toBe('settings budget set');
    expect(payload.data).toMatchObject({
      name: 'settings',
      options: [
        {
          type: SubcommandGroup,
          name: 'budget',
          options: [{ type: Subcommand, name: 'set', options: [{ name: 'most', value: 3 }] }],
        },
      ],
    });
  });

  it.each<[string, CommandOptions, string]>([
    ['a missing required option', {}, '“prompt” is required.'],
    ['an empty text', { prompt: '' }, '“prompt” must have at least 1 characters.'],
    ['a text that is too long', { prompt: 'eleven char' }, '“prompt” must have at most 10 characters.'],
    ['an option that does not exist', { prompt: 'x', size: 3 }, 'There is no option “size”.'],
    ['a choice that does not exist', { prompt: 'x', model: 'sdxl' }, '“model” must be one of the choices.'],
    ['a number that is too small', { prompt: 'x', steps: 0 }, '“steps” must be at least 1.'],
    ['a number that is too large', { prompt: 'x', strength: 1.1 }, '“strength” must be at most 1.'],
    ['half a whole number', { prompt: 'x', steps: 1.5 }, '“steps” must be a whole number.'],
    ['a text for a number', { prompt: 'x', steps: '2' }, '“steps” must be a number.'],
    [
      'a file of another kind',
      { prompt: 'x', image: { file: PNG, name: 'fox.exe' } },
      '“image” must be a file of the kind image, .txt.',
    ],
    [
      'a file that is too large',
      { prompt: 'x', image: { file: Buffer.alloc(2 * 1024 * 1024 + 1), name: 'fox.png' } },
      '“image” must be at most 2 MB.',
    ],
    ['a text for a file', { prompt: 'x', image: 'fox.png' }, '“image” must be a file.'],
  ])('is not sent with %s', async (_what, options, message) => {
    const { alice, local } = await start();
    await expect(alice.command('imagine', options)).rejects.toEqual(new ClientRefusal(message, expect.anything()));
    expect(local.interactions()).toEqual([]);
  });

  it('is only there for whom and where it is meant', async () => {
    const { local, alice, users, channels } = await start();
    await expect(alice.command('nothing')).rejects.toThrow('There is no command /nothing.');
    await expect(alice.command('settings')).rejects.toThrow('Pick a subcommand of /settings.');
    await expect(alice.command('settings budget drop')).rejects.toThrow('/settings has no subcommand “drop”.');
    await expect(alice.command('server')).rejects.toThrow('You do not have permission to use /server.');
    await expect(local.act(users.alice.id, channels.dm.alice.id).command('server')).rejects.toThrow(
      '/server cannot be used in direct messages.',
    );
    await local.act(users.moderator.id, channels.general.id).command('server');
    await expect(alice.command('adult')).rejects.toThrow('/adult can only be used in age-restricted channels.');
    await local.act(users.alice.id, channels.gallery.id).command('adult');
    await expect(alice.autocomplete('imagine', {}, 'model')).rejects.toThrow('“model” has no autocomplete.');
    await expect(alice.openMessageCommand('nothing', '1')).rejects.toThrow('There is no command “nothing”.');
  });
});

it('offers a member the commands of guild and bot that they may use where they are', async () => {
  const { local, users, channels } = await start();
  await createRest(local).put(`/applications/${local.applicationId}/guilds/${local.world.guild.id}/commands`, {
    body: [
      { name: 'here', description: 'Only here' },
      { name: 'imagine', description: 'Another one' },
      { name: 'Save', type: 3 },
      { name: 'imagine', type: 3 },
    ],
  });
  const offered = (who: keyof typeof users, { id }: { id: string }) =>
    local.commandsFor(users[who].id, id).map(({ name, type }) => (type === 1 ? `/${name}` : name));
  const everyones = ['/here', '/imagine', 'Save', 'imagine', '/settings'];
  expect(offered('alice', channels.general)).toEqual(everyones);
  expect(offered('moderator', channels.thread)).toEqual([...everyones, '/server']);
  expect(offered('bob', channels.gallery)).toEqual([...everyones, '/adult']);
  expect(offered('alice', channels.dm.alice)).toEqual(['/imagine', '/settings', '/adult']);
  expect(local.commandsFor(users.bob.id, channels.general.id).find(({ name }) => name === 'imagine')).toMatchObject({
    guild_id: local.world.guild.id,
  });
  local.deleteChannel(channels.gallery.id);
  expect(offered('bob', channels.gallery)).toEqual([]);
});

describe('a member', () => {
  it('cannot press what is not there, disabled, or not theirs to see', async () => {
    const { local, alice, users, channels } = await start();
    const rest = createRest(local);
    const row = (fields: object) => ({
      type: 1,
      components: [{ type: 2, style: 1, label: 'x', custom_id: 'x', ...fields }],
    });
    const { id, token } = await alice.command('imagine', { prompt: 'x' });
    const data = { content: 'x', flags: 64, components: [row({}), row({ custom_id: 'off', disabled: true })] };
    await rest.post(`/interactions/${id}/${token}/callback`, { auth: false, body: { type: 4, data } });
    const messageId = local.interaction(id)?.message()?.id ?? '';
    await alice.press(messageId, 'x');
    await expect(alice.press(messageId, 'y')).rejects.toThrow('nothing with the custom ID “y”');
    await expect(alice.press(messageId, 'off')).rejects.toThrow('That is disabled.');
    await expect(alice.press('1', 'x')).rejects.toThrow('That message is not there.');
    await expect(local.act(users.bob.id, channels.general.id).press(messageId, 'x')).rejects.toThrow(
      'That message is not there.',
    );
    await expect(local.act(users.alice.id, channels.gallery.id).press(messageId, 'x')).rejects.toThrow(
      'That message is not there.',
    );
    alice.dismiss(messageId);
    await expect(alice.press(messageId, 'x')).rejects.toThrow('That message is not there.');
  });

  it('writes messages within the limits', async () => {
    const { alice } = await start();
    const file = { file: PNG, name: 'a.png' };
    expect(await alice.post(' hello ', [file])).toMatchObject({
      content: 'hello',
      author: { username: 'alice' },
      attachments: [{ filename: 'a.png' }],
    });
    await expect(alice.post(' ')).rejects.toThrow('Write something, or add a file.');
    await expect(alice.post('x'.repeat(2001))).rejects.toThrow('at most 2000 characters');
    await expect(
      alice.post(
        '',
        Array.from({ length: 11 }, () => file),
      ),
    ).rejects.toThrow('at most 10 files');
    await expect(alice.post('', [{ file: Buffer.alloc(2 * 1024 * 1024 + 1), name: 'big.png' }])).rejects.toThrow(
      '“big.png” is too large.',
    );
    const { id } = await alice.post('mine');
    expect(() => alice.dismiss(id)).toThrow('Only messages that you alone can see');
  });

  it('is followed by events, in order', async () => {
    const { local, alice, channels } = await start();
    const events: LocalEvent[] = [];
    const stop = local.subscribe((event) => events.push(event));
    const { id } = await alice.post('hello');
    local.deleteMessage(channels.general.id, id);
    local.reset();
    await local.until(() => (events.at(-1)?.type === 'reset' ? true : undefined));
    stop();
    await alice.post('unheard');
    expect(events).toEqual([
      { type: 'message-created', channelId: channels.general.id, messageId: id },
      { type: 'message-deleted', channelId: channels.general.id, messageId: id },
      { type: 'reset' },
    ]);
  });
});

it('waits no longer than it is told', async () => {
  const { local } = await start();
  await expect(local.until(() => undefined, { withinMs: 20 })).rejects.toThrow('Nothing came of it within 20 ms.');
});

it('knows no strangers', async () => {
  const { local, channels, users } = await start();
  expect(() => local.act('1', channels.general.id)).toThrow('The user 1 is not in that channel.');
  expect(() => local.act(local.applicationId, channels.general.id)).toThrow('is not in that channel');
  expect(() => local.act(users.alice.id, '1')).toThrow('There is no channel 1.');
});
