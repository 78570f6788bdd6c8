import { type APIApplicationCommand, ApplicationCommandOptionType } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { createRest, startChecked } from './real-client.ts';

const { Integer, String: Text, Subcommand, SubcommandGroup } = ApplicationCommandOptionType;

const option = (fields: object) => ({ type: Text, name: 'prompt', description: 'What to paint', ...fields });
const command = (fields: object = {}) => ({ name: 'imagine', description: 'Paint a picture', ...fields });
const many = (count: number, build: (index: number) => object) =>
  Array.from({ length: count }, (_, index) => build(index));

async function start() {
  const local = await startChecked();
  const rest = createRest(local);
  const route = `/applications/${local.applicationId}/commands` as const;
  return {
    local,
    rest,
    route,
    put: async (commands: object[]) => (await rest.put(route, { body: commands })) as APIApplicationCommand[],
    list: async (query = '') =>
      (await rest.get(route, { query: new URLSearchParams(query) })) as APIApplicationCommand[],
  };
}

describe('registering commands', () => {
  it('replaces all of them, keeps the ids of those that stay, and gives a new version to those that changed', async () => {
    const { local, put, list } = await start();
    const [imagine, menu] = await put([command(), { name: 'Imagine from this', type: 3 }]);
    expect(imagine).toMatchObject({
      type: 1,
      nsfw: false,
      contexts: null,
      integration_types: [0],
      default_member_permissions: null,
    });
    expect(menu).toMatchObject({ type: 3, description: '' });
    const [same, changed] = await put([command(), { name: 'Imagine from this', type: 3, contexts: [0] }]);
    expect(same).toEqual(imagine);
    expect(changed).toMatchObject({ id: menu?.id, contexts: [0] });
    expect(changed?.version).not.toBe(menu?.version);
    expect(await put([command()])).toHaveLength(1);
    expect(await list()).toHaveLength(1);
    expect(local.commands().map(({ name }) => name)).toEqual(['imagine']);
  });

  it('adds, overwrites, changes and deletes one at a time', async () => {
    const { rest, route, list } = await start();
    const created = (await rest.post(route, { body: command() })) as APIApplicationCommand;
    const overwritten = (await rest.post(route, { body: command({ description: 'Again' }) })) as APIApplicationCommand;
    expect(overwritten.id).toBe(created.id);
    const one = `${route}/${created.id}` as const;
    expect(await rest.patch(one, { body: { nsfw: true } })).toMatchObject({ description: 'Again', nsfw: true });
    expect(await rest.get(one)).toMatchObject({ nsfw: true });
    await rest.delete(one);
    expect(await list()).toEqual([]);
    await expect(rest.delete(one)).rejects.toMatchObject({ code: 10063 });
  });

  it('answers localizations only when asked for them', async () => {
    const { put, list } = await start();
    await put([command({ name_localizations: { de: 'male' }, options: [option({})] })]);
    const [plain] = await list();
    expect(plain).not.toHaveProperty('name_localizations');
    const [full] = await list('with_localizations=true');
    expect(full?.name_localizations).toEqual({ de: 'male' });
  });

  it('keeps the guild apart from the world', async () => {
    const { local, rest, list } = await start();
    const route = `/applications/${local.applicationId}/guilds/${local.world.guild.id}/commands` as const;
    await rest.put(route, { body: [command({ name: 'here' })] });
    expect(await list()).toEqual([]);
    expect(await rest.get(route)).toMatchObject([{ name: 'here', guild_id: local.world.guild.id }]);
    const interaction = await local.act(local.world.users.alice.id, local.world.channels.general.id).command('here');
    expect(interaction.record().payload.data).toMatchObject({ name: 'here', guild_id: local.world.guild.id });
  });

  it.each([
    ['no description', { description: undefined }],
    ['a description of 101 characters', { description: 'x'.repeat(101) }],
    ['a name with spaces', { name: 'two words' }],
    ['a name in capitals', { name: 'Imagine' }],
    ['a name of 33 characters', { name: 'x'.repeat(33) }],
    ['a description on a menu command', { type: 3 }],
    ['26 options', { options: many(26, (index) => option({ name: `o${index}` })) }],
    ['two options of one name', { options: [option({}), option({})] }],
    ['a required option after an optional one', { options: [option({}), option({ name: 'b', required: true })] }],
    ['26 choices', { options: [option({ choices: many(26, (index) => ({ name: `${index}`, value: `${index}` })) })] }],
    [
      'two choices of one name',
      {
        options: [
          option({
            choices: [
              { name: 'a', value: '1' },
              { name: 'a', value: '2' },
            ],
          }),
        ],
      },
    ],
    ['choices and autocomplete', { options: [option({ autocomplete: true, choices: [{ name: 'a', value: 'a' }] })] }],
    ['a choice of the wrong type', { options: [option({ type: Integer, choices: [{ name: 'a', value: 'a' }] })] }],
    ['a longest below the shortest', { options: [option({ min_length: 5, max_length: 4 })] }],
    ['a length of 6001', { options: [option({ max_length: 6001 })] }],
    ['a most below the least', { options: [option({ type: Integer, min_value: 5, max_value: 4 })] }],
    ['subcommands beside options', { options: [option({ type: Subcommand, name: 'a' }), option({})] }],
    [
      'a group in a group',
      { options: [option({ type: SubcommandGroup, options: [option({ type: SubcommandGroup, options: [] })] })] },
    ],
    ['a language Discord does not speak', { name_localizations: { xx: 'x' } }],
    ['no context at all', { contexts: [] }],
    [
      'more than 8000 characters',
      {
        options: many(25, (index) =>
          option({ name: `o${index}`, choices: many(4, (n) => ({ name: `${n}`, value: `${n}`.padEnd(100, 'x') })) }),
        ),
      },
    ],
  ])('refuses a command with %s', async (_what, fields) => {
    const { put } = await start();
    await expect(put([command(fields)])).rejects.toMatchObject({ status: 400, code: 50035 });
  });

  it('refuses two commands of one name, and more than it allows', async () => {
    const { put, rest, route } = await start();
    await expect(put([command(), command()])).rejects.toMatchObject({ code: 50035 });
    await expect(put(many(101, (index) => command({ name: `c${index}` })))).rejects.toMatchObject({ code: 30032 });
    await put(many(15, (index) => ({ name: `Menu ${index}`, type: 3 })));
    await expect(rest.post(route, { body: { name: 'One more', type: 3 } })).rejects.toMatchObject({ code: 30032 });
  });

  it('is for the app itself', async () => {
    const { rest } = await start();
    await expect(rest.get('/applications/123/commands')).rejects.toMatchObject({ code: 50001 });
  });
});
