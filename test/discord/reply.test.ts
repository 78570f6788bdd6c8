import { ButtonStyle, ComponentType, MessageFlags, Routes } from 'discord-api-types/v10';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildMessage, cutText, type Reply } from '../../src/discord/reply.ts';
import { createBotRest } from '../../src/discord/rest.ts';
import { checkRequests } from '../support/discord-schema.ts';
import { startLocalDiscord } from '../support/local-discord.ts';
import { textOf } from '../support/messages.ts';

// The head of a PNG of 16 × 8 pixels.
const PICTURE = Buffer.from('89504e470d0a1a0a0000000d494844520000001000000008080600000000000000', 'hex');
const picture = (index: number, description?: string) => ({
  name: `easel-1180000000000000001-${index}.png`,
  bytes: PICTURE,
  ...(description === undefined ? {} : { description }),
});

function textsOf(reply: Reply): string[] {
  return buildMessage(reply).body.components.flatMap((component) =>
    component.type === ComponentType.TextDisplay ? [component.content] : [],
  );
}

describe('buildMessage', () => {
  it('puts text, pictures, small lines, files and buttons in this order', () => {
    const { body, files } = buildMessage({
      text: '**a fox**',
      pictures: [picture(1, 'a fox'), picture(2)],
      small: ['sketch · 1024×1024', 'One picture could not be painted.'],
      files: [{ name: 'prompt.txt', bytes: Buffer.from('a fox') }],
      buttons: [
        [
          { label: 'Regenerate', customId: 'v1:a', style: 'primary' },
          { label: 'V1', customId: 'v1:b' },
        ],
        [{ label: 'Delete', customId: 'v1:c', style: 'danger' }],
      ],
    });
    expect(body).toEqual({
      flags: MessageFlags.IsComponentsV2,
      allowed_mentions: { parse: [] },
      components: [
        { type: ComponentType.TextDisplay, content: '**a fox**' },
        {
          type: ComponentType.MediaGallery,
          items: [
            { media: { url: 'attachment://easel-1180000000000000001-1.png' }, description: 'a fox' },
            { media: { url: 'attachment://easel-1180000000000000001-2.png' } },
          ],
        },
        { type: ComponentType.TextDisplay, content: '-# sketch · 1024×1024\n-# One picture could not be painted.' },
        { type: ComponentType.File, file: { url: 'attachment://prompt.txt' } },
        {
          type: ComponentType.ActionRow,
          components: [
            { type: ComponentType.Button, style: ButtonStyle.Primary, label: 'Regenerate', custom_id: 'v1:a' },
            { type: ComponentType.Button, style: ButtonStyle.Secondary, label: 'V1', custom_id: 'v1:b' },
          ],
        },
        {
          type: ComponentType.ActionRow,
          components: [{ type: ComponentType.Button, style: ButtonStyle.Danger, label: 'Delete', custom_id: 'v1:c' }],
        },
      ],
      attachments: [
        { id: '0', filename: 'easel-1180000000000000001-1.png', description: 'a fox' },
        { id: '1', filename: 'easel-1180000000000000001-2.png' },
        { id: '2', filename: 'prompt.txt' },
      ],
    });
    expect(files.map(({ name, data }) => [name, data === PICTURE])).toEqual([
      ['easel-1180000000000000001-1.png', true],
      ['easel-1180000000000000001-2.png', true],
      ['prompt.txt', false],
    ]);
  });

  it('notifies nobody, unless it names who', () => {
    expect(buildMessage({ text: '@everyone <@1> <@&2>' }).body.allowed_mentions).toEqual({ parse: [] });
    expect(buildMessage({ text: '<@1>', notify: '1' }).body.allowed_mentions).toEqual({ parse: [], users: ['1'] });
  });

  it('leaves out what is empty: Discord refuses it', () => {
    expect(buildMessage({ text: '', small: [], pictures: [picture(1, ''), picture(2, ' \n ')] }).body).toMatchObject({
      components: [{ type: ComponentType.MediaGallery, items: [{ media: {} }, { media: {} }] }],
    });
    expect(JSON.stringify(buildMessage({ pictures: [picture(1, ' ')] }).body)).not.toContain('description');
  });

  it('cuts alt text to 1024 characters', () => {
    const { body } = buildMessage({ pictures: [picture(1, '海'.repeat(4_000))] });
    expect(body.attachments[0]?.description).toHaveLength(1_024);
  });

  it.each([
    ['Latin', 'sea '],
    ['accents', 'é̂'],
    ['Chinese', '海边的灯塔'],
    ['emoji', '🌊'],
    ['families', '👩‍👩‍👧‍👦'],
  ])('keeps text in %s within Discord’s 4000 characters and its bytes, small lines whole', (_script, words) => {
    const small = ['flux-schnell · Novita', '海'.repeat(200)];
    const texts = textsOf({ text: words.repeat(4_000), small });
    expect(texts.at(-1)).toBe(small.map((line) => `-# ${line}`).join('\n'));
    expect(texts.join('').length).toBeLessThanOrEqual(4_000);
    expect(texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 12, 0)).toBeLessThanOrEqual(10_170);
    // Nearly all of the room is used.
    expect(texts.join('').length > 3_900 || Buffer.byteLength(texts.join('')) > 9_800).toBe(true);
  });

  it.each<[string, Reply]>([
    ['a sentence', { text: 'Cancelled. It cost nothing.' }],
    ['a sentence of 4000 Chinese characters', { text: '海'.repeat(4_000), small: ['a fact'] }],
    [
      'ten pictures',
      { pictures: Array.from({ length: 10 }, (_, index) => picture(index + 1, 'a fox')), small: ['a fact'] },
    ],
    ['a file', { text: 'a long prompt', files: [{ name: 'easel-1-prompt.txt', bytes: Buffer.from('a fox') }] }],
    [
      'buttons',
      {
        text: 'x',
        buttons: [Array.from({ length: 5 }, (_, index) => ({ label: `V${index}`, customId: `v1:${index}` }))],
      },
    ],
    ['someone to tell', { text: '<@1180000000000000011> there it is', notify: '1180000000000000011' }],
  ])('makes a message Discord takes of %s', async (_what, reply) => {
    const discord = await startLocalDiscord();
    const channelId = discord.world.channels.general.id;
    const { body, files } = buildMessage(reply);
    await createBotRest(discord).post(Routes.channelMessages(channelId), { body, files });
    expect(checkRequests(discord)).toEqual([]);
    expect(textOf(discord.messages(channelId)[0])).toBe(textsOf(reply).join('\n'));
  });
});

describe('cutText', () => {
  it.each([
    ['a fox', { characters: 5 }, 'a fox'],
    ['a fox', { characters: 4_000, bytes: 5 }, 'a fox'],
    ['a fox in the snow', { characters: 10 }, 'a fox […]'],
    ['海边的灯塔', { characters: 4_000, bytes: 12 }, '海边 […]'],
    ['🦊🦊🦊🦊🦊', { characters: 9 }, '🦊🦊 […]'],
  ])('cuts %j to %j', (text, limit, expected) => {
    expect(cutText(text, limit)).toBe(expected);
  });

  it('keeps within both limits and to whole characters, and never ends as progress does', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', 'é', '海', '🦊', '…'), maxLength: 60 }),
        fc.integer({ min: 4, max: 60 }),
        fc.integer({ min: 6, max: 120 }),
        (text, characters, bytes) => {
          const cut = cutText(text, { characters, bytes });
          expect(cut.length).toBeLessThanOrEqual(Math.max(characters, text === cut ? text.length : 0));
          expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes);
          expect(cut.isWellFormed()).toBe(true);
          if (cut !== text) {
            expect(cut).toMatch(/ \[…\]$/);
            expect(text.startsWith(cut.slice(0, -4))).toBe(true);
          }
        },
      ),
    );
  });
});
