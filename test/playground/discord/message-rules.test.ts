import { ComponentType, MessageFlags } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import type { LocalDiscord } from '../../../src/playground/discord/local-discord.ts';
import { PNG } from './pictures.ts';
import { createRest, startChecked } from './real-client.ts';

const V2 = MessageFlags.IsComponentsV2;

const text = (content: string) => ({ type: ComponentType.TextDisplay, content });
const button = (fields: object) => ({ type: ComponentType.Button, style: 1, label: 'x', ...fields });
const row = (...components: object[]) => ({ type: ComponentType.ActionRow, components });
const gallery = (...urls: string[]) => ({
  type: ComponentType.MediaGallery,
  items: urls.map((url) => ({ media: { url } })),
});
const embed = (fields: object) => ({ embeds: [fields] });

/** Posts to general with the bot token. */
function poster(local: LocalDiscord) {
  const rest = createRest(local);
  return (body: object, files: { name: string; data: Buffer }[] = []) =>
    rest.post(`/channels/${local.world.channels.general.id}/messages`, { body, files });
}

describe('what a message may hold', () => {
  it.each([
    ['nothing at all', {}, 50006],
    ['only white space', { content: ' \n ' }, 50006],
    ['content of 2001 characters', { content: 'x'.repeat(2001) }, 50035],
    ['eleven embeds', { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) }, 50035],
    ['an embed title of 257 characters', embed({ title: 'x'.repeat(257) }), 50035],
    [
      'embeds of 6001 characters in all',
      { embeds: [{ description: 'x'.repeat(4096) }, { description: 'x'.repeat(1905) }] },
      50035,
    ],
    ['an embed picture that is not there', embed({ image: { url: 'attachment://no.png' } }), 50035],
    [
      'six rows',
      { components: Array.from({ length: 6 }, (_, index) => row(button({ custom_id: `${index}` }))) },
      50035,
    ],
    [
      'six buttons in a row',
      { components: [row(...Array.from({ length: 6 }, (_, index) => button({ custom_id: `${index}` })))] },
      50035,
    ],
    ['two equal custom IDs', { components: [row(button({ custom_id: 'a' }), button({ custom_id: 'a' }))] }, 50035],
    ['a custom ID of 101 characters', { components: [row(button({ custom_id: 'x'.repeat(101) }))] }, 50035],
    ['an empty custom ID', { components: [row(button({ custom_id: '' }))] }, 50035],
    [
      'a button with custom ID and URL',
      { components: [row(button({ custom_id: 'a', url: 'https://x.example' }))] },
      50035,
    ],
    ['a link without a URL', { components: [row(button({ style: 5 }))] }, 50035],
    [
      'a link with a custom ID',
      { components: [row(button({ style: 5, url: 'https://x.example', custom_id: 'a' }))] },
      50035,
    ],
    [
      'a button label of 81 characters',
      { components: [row(button({ custom_id: 'a', label: 'x'.repeat(81) }))] },
      50035,
    ],
    ['a button without a face', { components: [row(button({ custom_id: 'a', label: undefined }))] }, 50035],
    ['a text display without the flag', { components: [text('hello')] }, 50035],
    ['a nonce of 26 characters', { content: 'x', nonce: 'x'.repeat(26) }, 50035],
    ['mentions both parsed and listed', { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } }, 50035],
    ['a described file that is not there', { content: 'x', attachments: [{ id: '0' }] }, 50035],
    ['a reply to nothing', { content: 'x', message_reference: { message_id: '1' } }, 50035],
  ])('refuses %s', async (_what, body, code) => {
    const post = poster(await startChecked());
    await expect(post(body)).rejects.toMatchObject({ status: 400, code });
  });

  it.each([
    ['content', { content: 'x', components: [text('x')] }],
    ['embeds', { embeds: [{ title: 'x' }], components: [text('x')] }],
    ['41 components', { components: Array.from({ length: 41 }, () => text('x')) }],
    [
      '41 components, nested ones counted',
      { components: [{ type: ComponentType.Container, components: Array.from({ length: 40 }, () => text('x')) }] },
    ],
    ['4001 characters in one text', { components: [text('x'.repeat(4001))] }],
    ['4001 characters in all texts', { components: [text('x'.repeat(4000)), text('x')] }],
    ['an empty text', { components: [text('')] }],
    ['an empty gallery', { components: [gallery()] }],
    [
      'eleven pictures',
      { components: [gallery(...Array.from({ length: 11 }, (_, index) => `https://x.example/${index}.png`))] },
    ],
    [
      'an alt text of 1025 characters',
      {
        components: [
          {
            type: ComponentType.MediaGallery,
            items: [{ media: { url: 'https://x.example/a.png' }, description: 'x'.repeat(1025) }],
          },
        ],
      },
    ],
    [
      'an empty alt text',
      {
        components: [
          { type: ComponentType.MediaGallery, items: [{ media: { url: 'https://x.example/a.png' }, description: '' }] },
        ],
      },
    ],
    ['a picture that is not uploaded', { components: [gallery('attachment://no.png')] }],
    [
      'a file that is not its own',
      { components: [{ type: ComponentType.File, file: { url: 'https://x.example/a.txt' } }] },
    ],
    ['a picture from nowhere', { components: [gallery('no.png')] }],
    [
      'a container in a container',
      {
        components: [
          { type: ComponentType.Container, components: [{ type: ComponentType.Container, components: [text('x')] }] },
        ],
      },
    ],
    ['a section without an accessory', { components: [{ type: ComponentType.Section, components: [text('x')] }] }],
    [
      'equal component ids',
      {
        components: [
          { ...text('x'), id: 1 },
          { ...text('y'), id: 1 },
        ],
      },
    ],
  ])('refuses %s in a Components V2 message', async (_what, body) => {
    const post = poster(await startChecked());
    await expect(post({ ...body, flags: V2 })).rejects.toMatchObject({ status: 400, code: 50035 });
  });

  it('names the wrong field where it is', async () => {
    const local = await startChecked();
    const body = {
      flags: V2,
      components: [{ type: ComponentType.Container, components: [row(button({ custom_id: '' }))] }],
    };
    await expect(poster(local)(body)).rejects.toThrow();
    expect(local.requests.at(-1)?.response).toEqual({
      message: 'Invalid Form Body',
      code: 50035,
      errors: {
        components: {
          0: {
            components: {
              0: {
                components: {
                  0: {
                    custom_id: {
                      _errors: [{ code: 'BASE_TYPE_BAD_LENGTH', message: 'Must be between 1 and 100 in length.' }],
                    },
                  },
                },
              },
            },
          },
        },
      },
    });
  });

  it('names the wrong field of a callback below data', async () => {
    const local = await startChecked();
    const { id, token } = await local
      .act(local.world.users.alice.id, local.world.channels.general.id)
      .rawCommand({ name: 'x' });
    const body = { type: 4, data: { flags: V2, components: [text('')] } };
    await expect(
      createRest(local).post(`/interactions/${id}/${token}/callback`, { auth: false, body }),
    ).rejects.toThrow();
    expect(local.requests.at(-1)?.response).toMatchObject({
      errors: { data: { components: { 0: { content: { _errors: expect.any(Array) } } } } },
    });
  });

  it('breaks like Discord on few characters of many bytes', async () => {
    const post = poster(await startChecked());
    await post({ flags: V2, components: [text('狐'.repeat(3386))] });
    const tooMany = { flags: V2, components: [text('狐'.repeat(3387))] };
    await expect(post(tooMany)).rejects.toMatchObject({ status: 500 });
  });

  it('counts characters, not UTF-16 units', async () => {
    const post = poster(await startChecked());
    await post({ content: '🦊'.repeat(2000) });
  });

  it('keeps the flag once a message has it', async () => {
    const local = await startChecked();
    const rest = createRest(local);
    const route = `/channels/${local.world.channels.general.id}/messages` as const;
    const { id } = (await rest.post(route, { body: { flags: V2, components: [text('x')] } })) as { id: string };
    await expect(rest.patch(`${route}/${id}`, { body: { flags: 0 } })).rejects.toMatchObject({ code: 50035 });
    await expect(rest.patch(`${route}/${id}`, { body: { content: 'x' } })).rejects.toMatchObject({ code: 50035 });
    await rest.patch(`${route}/${id}`, { body: { components: [text('y')] } });
    expect(local.message(local.world.channels.general.id, id)?.flags).toBe(V2);
  });

  it('turns a message with content into Components V2 when the content goes', async () => {
    const local = await startChecked();
    const rest = createRest(local);
    const route = `/channels/${local.world.channels.general.id}/messages` as const;
    const { id } = (await rest.post(route, { body: { content: 'x' } })) as { id: string };
    const body = { flags: V2, components: [text('y')] };
    await expect(rest.patch(`${route}/${id}`, { body })).rejects.toMatchObject({ code: 50035 });
    await rest.patch(`${route}/${id}`, { body: { ...body, content: null } });
  });

  it('answers every kind of component as Discord does', async () => {
    const local = await startChecked();
    const select = (type: number, fields: object = {}) => row({ type, custom_id: `select-${type}`, ...fields });
    await poster(local)(
      {
        flags: V2,
        components: [
          {
            type: ComponentType.Container,
            accent_color: 0xff0000,
            components: [
              text('hello'),
              { type: ComponentType.Separator },
              {
                type: ComponentType.Section,
                components: [text('a')],
                accessory: { type: ComponentType.Thumbnail, media: { url: 'attachment://fox.png' } },
              },
              { type: ComponentType.Section, components: [text('b')], accessory: button({ custom_id: 'b' }) },
              gallery('attachment://fox.png', 'https://x.example/a.png'),
              { type: ComponentType.File, file: { url: 'attachment://fox.png' } },
              row(button({ custom_id: 'c' }), button({ style: 5, url: 'https://x.example' })),
            ],
          },
          select(3, { options: [{ label: 'a', value: 'a', emoji: { name: '🦊' } }] }),
          select(5),
          select(8),
        ],
      },
      [{ name: 'fox.png', data: PNG }],
    );
    const [message] = local.messages(local.world.channels.general.id);
    expect(message?.components?.[0]).toMatchObject({
      spoiler: false,
      components: [{ id: 2 }, { divider: true, spacing: 1 }, {}, {}, {}, { name: 'fox.png', size: PNG.byteLength }, {}],
    });
  });
});

describe('mentions', () => {
  it.each([
    ['everyone it may by default', {}, ['alice', 'bob'], true],
    ['nobody when told so', { allowed_mentions: { parse: [] } }, [], false],
    ['only the listed', { allowed_mentions: { parse: [], users: ['bob'] } }, ['bob'], false],
  ] as const)('ping %s', async (_what, options, names, everyone) => {
    const local = await startChecked();
    const { alice, bob } = local.world.users;
    const body = JSON.parse(
      JSON.stringify({ content: `<@${alice.id}> <@${bob.id}> @everyone`, ...options }).replace('"bob"', `"${bob.id}"`),
    );
    await poster(local)(body);
    const [message] = local.messages(local.world.channels.general.id);
    expect(message?.mentions.map(({ username }) => username)).toEqual(names);
    expect(message?.mention_everyone).toBe(everyone);
  });

  it('ping users alone from an interaction, in Text Displays as well', async () => {
    const local = await startChecked();
    const { alice } = local.world.users;
    const { id, token } = await local.act(alice.id, local.world.channels.general.id).rawCommand({ name: 'x' });
    const data = { flags: V2, components: [text(`<@${alice.id}> @everyone`)] };
    await createRest(local).post(`/interactions/${id}/${token}/callback`, { auth: false, body: { type: 4, data } });
    expect(local.messages(local.world.channels.general.id)[0]).toMatchObject({
      mentions: [{ id: alice.id }],
      mention_everyone: false,
    });
  });
});

describe('sizes', () => {
  const limits = { attachmentBytes: 1000, requestBytes: 3000 };
  const file = (size: number, name = 'a.bin') => ({ name, data: Buffer.alloc(size) });

  it('refuses a file over the limit, and a request over its own', async () => {
    const post = poster(await startChecked({ limits }));
    await post({ content: 'x' }, [file(1000)]);
    await expect(post({ content: 'x' }, [file(1001)])).rejects.toMatchObject({ status: 400, code: 50045 });
    const files = [file(900, 'a'), file(900, 'b'), file(900, 'c'), file(900, 'd')];
    await expect(post({ content: 'x' }, files)).rejects.toMatchObject({ status: 413, code: 40005 });
  });

  it('refuses eleven files', async () => {
    const post = poster(await startChecked());
    await expect(
      post(
        { content: 'x' },
        Array.from({ length: 11 }, (_, index) => file(1, `${index}`)),
      ),
    ).rejects.toMatchObject({ code: 50035 });
  });

  it("goes by the interaction's own limit", async () => {
    const local = await startChecked({ limits });
    const rest = createRest(local);
    const alice = local.act(local.world.users.alice.id, local.world.channels.general.id);
    const upload = async (attachmentSizeLimit: number, size: number) => {
      const { id, token, record } = await alice.rawCommand({ name: 'x' }, { attachmentSizeLimit });
      expect(record().payload.attachment_size_limit).toBe(attachmentSizeLimit);
      return rest.post(`/interactions/${id}/${token}/callback`, {
        auth: false,
        body: { type: 4, data: { content: 'x' } },
        files: [file(size)],
      });
    };
    await upload(2000, 1500);
    await expect(upload(500, 501)).rejects.toMatchObject({ code: 50045 });
  });
});
