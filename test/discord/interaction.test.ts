import { ComponentType, InteractionType, MessageFlags } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { parseInteraction, sourceMessage } from '../../src/discord/interaction.ts';

const FILE = {
  id: '1180000000000000100',
  url: 'https://cdn.discordapp.com/attachments/1/2/start.png?ex=1&is=2&hm=3&',
  filename: 'start.png',
  size: 1_234,
  content_type: 'image/png',
  width: 640,
  height: 480,
  ephemeral: true,
};
const PROXIED = 'https://images-ext-1.discordapp.net/external/h4sh/https/example.com/a.png';
const GIVEN = {
  url: FILE.url,
  name: 'start.png',
  byteLength: 1_234,
  contentType: 'image/png',
  width: 640,
  height: 480,
};

/** What Discord sends with every interaction in a server. */
const inGuild = {
  id: '1180000000000000001',
  application_id: '1180000000000000002',
  token: 'aW50ZXJhY3Rpb24',
  version: 1,
  guild_id: '1180000000000000003',
  channel_id: '1180000000000000004',
  channel: { id: '1180000000000000004', type: 0, nsfw: true, name: 'gallery' },
  member: { user: { id: '1180000000000000005', username: 'alice' }, permissions: '8192', roles: [], nick: null },
  app_permissions: '562949953863680',
  locale: 'de',
  guild_locale: 'en-US',
  entitlements: [],
  authorizing_integration_owners: { 0: '1180000000000000003' },
  context: 0,
  attachment_size_limit: 52_428_800,
};
const { guild_id: _guild, member: _member, ...rest } = inGuild;
const inDirectMessage = {
  ...rest,
  user: { id: '1180000000000000005', username: 'alice' },
  channel: { id: '1180000000000000004', type: 1 },
  context: 1,
};

const text = (name: string, value: unknown) => ({ name, type: 3, value });
const command = (data: object, from: object = inGuild) => ({
  ...from,
  type: InteractionType.ApplicationCommand,
  data: { id: '1', name: 'imagine', type: 1, ...data },
});

const MESSAGE = {
  id: '1180000000000000006',
  channel_id: '1180000000000000004',
  content: '',
  flags: MessageFlags.IsComponentsV2,
  attachments: [],
  embeds: [],
  components: [],
};
const gallery = (...urls: string[]) => ({
  type: ComponentType.MediaGallery,
  id: 2,
  items: urls.map((url) => ({ media: { url, width: 64, height: 64 }, description: null, spoiler: false })),
});

describe('parseInteraction', () => {
  it('reads who asked for what, and where', () => {
    expect(
      parseInteraction(command({ options: [text('prompt', 'a fox'), { name: 'seed', type: 4, value: 7 }] })),
    ).toEqual({
      kind: 'command',
      name: 'imagine',
      options: { prompt: 'a fox', seed: 7 },
      invocation: {
        id: '1180000000000000001',
        applicationId: '1180000000000000002',
        token: 'aW50ZXJhY3Rpb24',
        userId: '1180000000000000005',
        guildId: '1180000000000000003',
        channelId: '1180000000000000004',
        ageRestricted: true,
        locale: 'de',
        appPermissions: '562949953863680',
        memberPermissions: '8192',
        attachmentSizeLimit: 52_428_800,
      },
    });
  });

  it('knows a direct message: no server, no permissions', () => {
    const parsed = parseInteraction(command({}, inDirectMessage));
    expect(parsed?.invocation).toMatchObject({
      userId: '1180000000000000005',
      memberPermissions: '0',
      ageRestricted: false,
    });
    expect(parsed?.invocation.guildId).toBeUndefined();
  });

  it('gets by without what older or other Discords leave out', () => {
    const { app_permissions: _a, locale: _l, attachment_size_limit: _s, channel: _c, ...bare } = inGuild;
    expect(parseInteraction(command({}, bare))?.invocation).toMatchObject({
      appPermissions: '0',
      locale: 'en-US',
      attachmentSizeLimit: 10_485_760,
      ageRestricted: false,
    });
    const { channel_id: _id, ...nowhere } = inGuild;
    expect(parseInteraction(command({}, nowhere))?.invocation.channelId).toBe('1180000000000000004');
  });

  it('puts files in the place of their ids', () => {
    const options = [text('prompt', 'a fox'), { name: 'image', type: 11, value: FILE.id }];
    expect(parseInteraction(command({ options, resolved: { attachments: { [FILE.id]: FILE } } }))).toMatchObject({
      options: { prompt: 'a fox', image: GIVEN },
    });
    const unsaid = { ...FILE, content_type: null, width: null, height: undefined };
    expect(parseInteraction(command({ options, resolved: { attachments: { [FILE.id]: unsaid } } }))).toMatchObject({
      options: { image: { url: FILE.url, name: 'start.png', byteLength: 1_234 } },
    });
  });

  it.each(['constructor', 'toString', '__proto__', FILE.id])('takes the word “%s” as nothing but a word', (word) => {
    const options = [text('prompt', word), { name: 'image', type: 11, value: FILE.id }];
    const parsed = parseInteraction(command({ options, resolved: { attachments: { [FILE.id]: FILE } } }));
    expect(parsed).toMatchObject({ options: { prompt: word, image: GIVEN } });
  });

  it('finds the message a message command was used on', () => {
    const parsed = parseInteraction(
      command({
        name: 'Imagine from this',
        type: 3,
        target_id: MESSAGE.id,
        resolved: { messages: { [MESSAGE.id]: { ...MESSAGE, components: [gallery(FILE.url)] } } },
      }),
    );
    expect(parsed).toMatchObject({
      kind: 'command',
      target: { id: MESSAGE.id, pictures: [FILE.url], ephemeral: false },
    });
  });

  it('knows an option that is being typed', () => {
    const data = { options: [text('prompt', 'a f'), { ...text('model', 'fl'), focused: true }] };
    expect(parseInteraction({ ...command(data), type: InteractionType.ApplicationCommandAutocomplete })).toMatchObject({
      kind: 'autocomplete',
      name: 'imagine',
    });
  });

  it('reads a press, with the pictures of its message', () => {
    const press = {
      ...inGuild,
      type: InteractionType.MessageComponent,
      data: { custom_id: 'v1:result:info:1180000000000000001', component_type: ComponentType.Button, id: 3 },
      message: {
        ...MESSAGE,
        flags: MESSAGE.flags | MessageFlags.Ephemeral,
        components: [gallery('https://a/1', 'https://a/2')],
      },
    };
    expect(parseInteraction(press)).toMatchObject({
      kind: 'press',
      customId: 'v1:result:info:1180000000000000001',
      message: {
        id: MESSAGE.id,
        channelId: MESSAGE.channel_id,
        ephemeral: true,
        pictures: ['https://a/1', 'https://a/2'],
      },
    });
  });

  it('reads the fields of a form, whatever they are', () => {
    const field = (component: object) => ({ type: ComponentType.Label, id: 1, component });
    const submitted = {
      ...inGuild,
      type: InteractionType.ModalSubmit,
      data: {
        custom_id: 'v1:edit:submit:1180000000000000001',
        components: [
          field({ type: 4, custom_id: 'prompt', value: 'a fox' }),
          field({ type: 3, custom_id: 'picture', values: ['1'] }),
          field({ type: 23, custom_id: 'private', value: true }),
          field({ type: 4, custom_id: 'seed', value: null }),
          field({ type: 19, custom_id: 'image', values: [FILE.id] }),
          { type: ComponentType.TextDisplay, id: 9 },
        ],
        resolved: { attachments: { [FILE.id]: FILE } },
      },
    };
    expect(parseInteraction(submitted)).toMatchObject({
      kind: 'modal',
      customId: 'v1:edit:submit:1180000000000000001',
      fields: { prompt: 'a fox', picture: ['1'], private: true, seed: '', image: [FILE.id] },
    });
    expect(parseInteraction(submitted)).toMatchObject({ message: undefined });
    expect(parseInteraction({ ...submitted, message: MESSAGE })).toMatchObject({
      message: { id: MESSAGE.id, pictures: [] },
    });
  });

  it('has nothing to say to a ping', () => {
    expect(parseInteraction({ type: InteractionType.Ping })).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no object', 'INTERACTION_CREATE'],
    ['a kind that is not known', { ...command({}), type: 99 }],
    ['a command without a name', command({ name: undefined })],
    [
      'a press without its message',
      { ...inGuild, type: InteractionType.MessageComponent, data: { custom_id: 'x', component_type: 2 } },
    ],
    ['an id that is no snowflake', { ...command({}), id: '../1' }],
    ['a channel that is no snowflake', { ...command({}), channel_id: '1/messages' }],
    ['permissions that are no bits', { ...command({}), app_permissions: 'all' }],
    ['no token', { ...command({}), token: '' }],
  ])('refuses %s', (_what, raw) => {
    expect(() => parseInteraction(raw)).toThrow(ZodError);
  });

  it('refuses an interaction of nobody', () => {
    const { member: _m, ...nobody } = inGuild;
    expect(() => parseInteraction(command({}, nobody))).toThrow(TypeError);
  });
});

describe('sourceMessage', () => {
  const attached = (content_type: string | undefined, url: string, width: number | null = null) => ({
    ...FILE,
    content_type,
    url,
    width,
  });
  it.each<[string, object, string[]]>([
    [
      'galleries, in their order, however deep',
      {
        components: [
          { type: ComponentType.TextDisplay, content: 'a fox' },
          {
            type: ComponentType.Container,
            components: [gallery('https://a/1'), { type: ComponentType.ActionRow, components: [] }],
          },
          gallery('https://a/2'),
        ],
        attachments: [FILE],
      },
      ['https://a/1', 'https://a/2'],
    ],
    [
      'attachments that are pictures',
      {
        attachments: [
          attached('text/plain', 'https://a/1'),
          attached('image/webp', 'https://a/2'),
          attached(undefined, 'https://a/3', 64),
        ],
        embeds: [{ image: { url: 'https://a/4' } }],
      },
      ['https://a/2', 'https://a/3'],
    ],
    ['embeds', { embeds: [{ title: 'x' }, { image: { url: 'https://a/4' } }, { image: {} }] }, ['https://a/4']],
    [
      'embeds, their thumbnails where they have no picture',
      {
        embeds: [
          { thumbnail: { url: 'https://a/5' } },
          { image: { url: 'https://a/4' }, thumbnail: { url: 'https://a/6' } },
        ],
      },
      ['https://a/5', 'https://a/4'],
    ],
    [
      'embeds of other sites, as Discord shows them',
      { embeds: [{ image: { url: 'https://example.com/a.png', proxy_url: PROXIED } }] },
      [PROXIED],
    ],
    [
      'embeds of files at Discord, the file itself',
      {
        embeds: [
          { image: { url: FILE.url, proxy_url: FILE.url.replace('cdn.discordapp.com', 'media.discordapp.net') } },
        ],
      },
      [FILE.url],
    ],
    [
      'galleries of other sites’ pictures, as Discord shows them',
      {
        components: [
          {
            type: ComponentType.MediaGallery,
            items: [{ media: { url: 'https://example.com/a.png', proxy_url: PROXIED } }],
          },
        ],
      },
      [PROXIED],
    ],
    [
      'a forwarded message',
      {
        message_snapshots: [
          { message: { content: 'look', attachments: [attached('image/png', 'https://a/7')], embeds: [] } },
        ],
      },
      ['https://a/7'],
    ],
    ['nothing where there is no picture', { content: 'hello' }, []],
  ])('finds pictures in %s', (_where, parts, pictures) => {
    expect(sourceMessage({ ...MESSAGE, ...parts }).pictures).toEqual(pictures);
  });
});
