import { MessageFlags } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { checkRequests, hasDiscordSchema, NO_DISCORD_SCHEMA } from '../../support/discord-schema.ts';
import { startLocalDiscord } from '../../support/local-discord.ts';
import { PNG } from './pictures.ts';
import { createRest } from './real-client.ts';

/** What the check says of one message of the bot. */
async function check(body: object, files: { name: string; data: Buffer }[] = []): Promise<string[]> {
  const local = await startLocalDiscord();
  await createRest(local)
    .post(`/channels/${local.world.channels.general.id}/messages`, { body, files })
    .catch(() => undefined);
  return checkRequests(local);
}

const V2 = MessageFlags.IsComponentsV2;
const POST = 'POST /channels/{channel_id}/messages';

describe('the check of what a bot sends', () => {
  it('finds what Discord refuses', async () => {
    expect(await check({})).toEqual([expect.stringContaining('refused with 400')]);
  });

  it('finds a file that nothing shows', async () => {
    const components = [{ type: 10, content: 'x' }];
    expect(await check({ flags: V2, components }, [{ name: 'a.png', data: PNG }])).toEqual([
      `${POST}: nothing shows the file a.png`,
    ]);
  });

  describe.skipIf(!hasDiscordSchema)(hasDiscordSchema ? "against Discord's own description" : NO_DISCORD_SCHEMA, () => {
    it('passes what is right', async () => {
      const gallery = { type: 12, items: [{ media: { url: 'attachment://a.png' }, description: 'a fox' }] };
      const row = { type: 1, components: [{ type: 2, style: 1, label: 'Again', custom_id: 'v1:again' }] };
      const body = {
        flags: V2,
        components: [{ type: 17, components: [{ type: 10, content: 'x' }, gallery, row] }],
        allowed_mentions: { parse: [] },
        attachments: [{ id: 0, description: 'a fox' }],
        tts: false,
      };
      expect(await check(body, [{ name: 'a.png', data: PNG }])).toEqual([]);
    });

    it('finds a misspelt key, however deep', async () => {
      const row = { type: 1, components: [{ type: 2, style: 1, label: 'Again', custom_id: 'a', dissabled: true }] };
      expect(await check({ content: 'x', alowed_mentions: {}, components: [row] })).toEqual([
        `${POST}: /alowed_mentions is a key Discord does not know`,
        `${POST}: /components/0/components/0/dissabled is a key Discord does not know`,
      ]);
    });

    it('names one mistake once, where it is', async () => {
      const row = { type: 1, components: [{ type: 2, style: 1, label: 'x'.repeat(81), custom_id: 'a' }] };
      const [problem, ...others] = await check({ content: 'x', components: [row] });
      expect(problem).toBe(`${POST}: /components/0/components/0/label must NOT have more than 80 characters`);
      expect(others.filter((other) => other.includes('must NOT'))).toEqual([]);
    });

    it('takes permissions as digits and attachment ids as numbers', async () => {
      const local = await startLocalDiscord();
      const body = [
        {
          name: 'imagine',
          description: 'Paint',
          default_member_permissions: '32',
          options: [{ type: 11, name: 'image', description: 'x', file_types: ['image'] }],
        },
      ];
      await createRest(local).put(`/applications/${local.applicationId}/commands`, { body });
      expect(checkRequests(local)).toEqual([]);
    });
  });
});
