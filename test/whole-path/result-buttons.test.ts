import type { APIMessage } from 'discord-api-types/v10';
import { expect, it } from 'vitest';
import type { Fault, MemberName } from '../../src/playground/discord/contract.ts';
import { startTestBot, type TestBot } from '../support/bot.ts';
import {
  answerOf,
  buttonsOf,
  download,
  downloadPictures,
  filesOf,
  openForm,
  picturesOf,
  press,
  refusalOf,
  textOf,
} from '../support/messages.ts';
import { startFireworks, startNovita, startOctoAi } from '../support/vendors.ts';

const CALLBACK = '/interactions/{interaction_id}/{interaction_token}/callback';
const ORIGINAL = '/webhooks/{application_id}/{interaction_token}/messages/@original';

async function paint(
  bot: TestBot,
  options: Record<string, string | number | boolean> = {},
  channelId?: string,
): Promise<APIMessage> {
  const asked = await bot.as('alice', channelId).command('imagine', { prompt: 'a walled garden', seed: 7, ...options });
  return asked.final();
}

it('regenerates: the same request with a new seed, in a new message', async () => {
  const bot = await startTestBot();
  const first = await paint(bot, { aspect: '3:2', steps: 3 });
  const pressed = await press(bot.as('alice'), first, 'Regenerate');
  const second = await pressed.final();
  expect(second.id).not.toBe(first.id);
  expect(textOf(second)).toMatch(/sketch · 1248×832 · 3 steps · seed (?!7 )\d+/);
  expect(await downloadPictures(second)).not.toEqual(await downloadPictures(first));
  expect(bot.discord.message(first.channel_id, first.id)).toEqual(first);
  expect(await bot.finished(pressed)).toMatchObject({ kind: 'regenerate', parentId: first.interaction_metadata?.id });
});

it('varies the picture whose button is pressed', async () => {
  const bot = await startTestBot();
  const first = await paint(bot, { count: 3 });
  const pressed = await press(bot.as('alice'), first, 'V2');
  const second = await pressed.final();
  expect(textOf(second)).toContain('strength 0.75');
  expect(picturesOf(second)).toHaveLength(1);
  expect(bot.discord.message(first.channel_id, first.id)).toEqual(first);
  expect(await bot.finished(pressed)).toMatchObject({
    kind: 'variation',
    parentId: first.interaction_metadata?.id,
    parentIndex: 1,
  });
  const [input] = await bot.store.images.read(pressed.id, 'init');
  expect(input?.bytes).toEqual((await downloadPictures(first))[1]);
});

it('varies through another model where the one that painted cannot', async () => {
  const vendors = [await startNovita(), await startOctoAi()];
  const bot = await startTestBot({ vendors });
  const first = await paint(bot, { model: 'novita/flux-schnell' });
  const second = await (await press(bot.as('alice'), first, 'V1')).final();
  expect(textOf(second)).toContain('flux-dev · OctoAI · 1024×1024 · 30 steps · strength 0.75');
});

it('says what a variation through another model has to do without', async () => {
  const bot = await startTestBot({ vendors: [await startFireworks(), await startOctoAi()] });
  const first = await paint(bot, { model: 'fireworks/flux-schnell', negative: 'cars' });
  const second = await (await press(bot.as('alice'), first, 'V1')).final();
  expect(textOf(second)).toContain('flux-dev painted this without the negative prompt of the picture it started from.');
});

it('shows no variation buttons where nothing can vary a picture', async () => {
  const bot = await startTestBot({ vendors: [await startNovita()] });
  const message = await paint(bot);
  expect(Object.keys(buttonsOf(message))).toEqual(['Regenerate', 'Edit prompt', 'Info', 'Delete']);
});

it('opens a form with prompt and seed, and paints what is submitted', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const first = await paint(bot);
  const opened = await press(bot.as('alice'), first, 'Edit prompt');
  const response = await opened.response();
  expect(response.type === 'modal' && JSON.stringify(response.modal)).toContain('"value":"a walled garden"');
  const submitted = await bot.as('alice').submitModal(opened, { prompt: 'a walled garden in snow', seed: '9' });
  const second = await submitted.final();
  expect(textOf(second)).toMatch(/^\*\*a walled garden in snow\*\*\n.*seed 9 /);
  expect(bot.discord.message(first.channel_id, first.id)).toEqual(first);
  expect(await bot.finished(submitted)).toMatchObject({ kind: 'edit', parentId: first.interaction_metadata?.id });
});

it('draws a seed when the form’s is emptied, and keeps the rest of a variation', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const varied = await (await press(bot.as('alice'), await paint(bot), 'V1')).final();
  const opened = await openForm(bot.as('bob'), varied, 'Edit prompt');
  const edited = await (
    await bot.as('bob').submitModal(opened, { prompt: 'a sunken garden', seed: '', strength: '0,5' })
  ).final();
  expect(textOf(edited)).toMatch(/a sunken garden.*strength 0\.5 · seed \d+/s);
});

it('tells everything that is needed to repeat a picture, to the one who asks', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const first = await paint(bot, { aspect: '16:9' });
  const info = await answerOf(await press(bot.as('bob'), first, 'Info'));
  expect(bot.discord.visibleOnlyTo(info.id)).toBe(bot.discord.world.users.bob.id);
  expect(textOf(info)).toContain(
    '/imagine prompt: a walled garden model: octoai/flux-schnell aspect: 16:9 seed: 7 steps: 4',
  );
  expect(textOf(info)).toContain('**Size:** 1024×576 px (16:9)');
  expect(filesOf(info)).toEqual({});
});

it('puts a prompt too long for Info into a file', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const prompt = 'a garden wall, '.repeat(260).trimEnd();
  const first = await paint(bot, { prompt });
  const info = await answerOf(await press(bot.as('alice'), first, 'Info'));
  const [[name, url] = ['', '']] = Object.entries(filesOf(info));
  expect(name).toMatch(/^easel-\d+-prompt\.txt$/);
  expect(String(await download(url))).toContain(prompt);
});

it.each<[MemberName, string]>([
  ['alice', 'the member who asked'],
  ['moderator', 'someone who may manage messages'],
])('lets %s, %s, delete a picture, and forgets its words', async (member) => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const first = await paint(bot);
  const pressed = await press(bot.as(member), first, 'Delete');
  await bot.log.find({ msg: 'interaction', interaction: pressed.id, outcome: 'deleted' });
  expect(bot.discord.message(first.channel_id, first.id)).toBeUndefined();
  const id = first.interaction_metadata?.id ?? '';
  expect(await bot.store.generations.find(id)).toMatchObject({ erased: true, request: { prompt: '' } });
  expect(await bot.store.images.read(id, 'output')).toEqual([]);
});

it.each<[string, Fault]>([
  ['came too late for Discord', { method: 'POST', route: CALLBACK, status: 404, code: 10062 }],
  ['Discord does not carry out', { method: 'DELETE', route: ORIGINAL, status: 500, times: 4 }],
])('erases nothing when a press on Delete %s: the message still works', async (_what, fault) => {
  const isUnanswered = fault.route === CALLBACK;
  const bot = await startTestBot({ vendors: [await startOctoAi()], unanswered: isUnanswered ? 1 : 0 });
  const first = await paint(bot);
  const id = first.interaction_metadata?.id ?? '';
  await bot.finished({ id });
  bot.discord.faults.add(fault);
  const pressed = await press(bot.as('alice'), first, 'Delete');
  await bot.log.find({ msg: 'interaction', interaction: pressed.id });
  expect(bot.discord.message(first.channel_id, first.id)).toEqual(first);
  expect(await bot.store.generations.find(id)).toMatchObject({ erased: false });
  const again = await press(bot.as('alice'), first, 'Delete');
  await bot.log.find({ msg: 'interaction', interaction: again.id, outcome: 'deleted' });
  expect(await bot.store.generations.find(id)).toMatchObject({ erased: true });
});

it('takes a second press on Delete for what it is: done already', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const first = await paint(bot);
  const held = bot.discord.faults.add({
    method: 'POST',
    route: CALLBACK,
    times: 2,
    delayMs: 500,
    afterWork: true,
  });
  // Both are at the bot before either has deleted anything.
  const presses = [await press(bot.as('alice'), first, 'Delete'), await press(bot.as('alice'), first, 'Delete')];
  for (const { id } of presses) await bot.log.find({ interaction: id, outcome: 'deleted' });
  held();
  expect(presses.flatMap((pressed) => pressed.followUps())).toEqual([]);
});

it('refuses to delete someone else’s picture, to them alone', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const first = await paint(bot);
  const refused = await press(bot.as('bob'), first, 'Delete');
  expect(await refusalOf(bot.discord, refused)).toBe(
    'Only the member who asked for this picture, or someone who may manage messages, can delete it.',
  );
  expect(bot.discord.message(first.channel_id, first.id)).toBeDefined();
});

it.each(['Regenerate', 'V1'])('lets another member press %s, on their own account', async (label) => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const pressed = await press(bot.as('bob'), await paint(bot), label);
  await pressed.final();
  expect((await bot.finished(pressed)).userId).toBe(bot.discord.world.users.bob.id);
  const recent = await answerOf(await bot.as('bob').command('recent'));
  expect(buttonsOf(recent).Info).toBe(`v1:result:info:${pressed.id}`);
});

it.each(['thread', 'dm'] as const)('answers every button in a %s', async (place) => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const { channels } = bot.discord.world;
  const channelId = place === 'dm' ? channels.dm.alice.id : channels.thread.id;
  const alice = bot.as('alice', channelId);
  const first = await paint(bot, {}, channelId);
  for (const label of ['Regenerate', 'V1']) {
    expect((await (await press(alice, first, label)).final()).channel_id).toBe(channelId);
  }
  const opened = await openForm(alice, first, 'Edit prompt');
  const edited = await (await alice.submitModal(opened, { prompt: 'a roof garden', seed: '' })).final();
  expect(edited.channel_id).toBe(channelId);
  expect(textOf(await answerOf(await press(alice, first, 'Info')))).toContain('a walled garden');
  await press(alice, first, 'Delete');
  await bot.discord.until(() => (bot.discord.message(channelId, first.id) === undefined ? true : undefined));
});

it('answers privately what is pressed on a private picture', async () => {
  const bot = await startTestBot({ vendors: [await startOctoAi()] });
  const alice = bot.as('alice');
  const first = await paint(bot, { private: true });
  for (const label of ['Regenerate', 'V1']) {
    const made = await (await press(alice, first, label)).final();
    expect(bot.discord.visibleOnlyTo(made.id)).toBe(bot.discord.world.users.alice.id);
  }
  const opened = await openForm(alice, first, 'Edit prompt');
  const edited = await (await alice.submitModal(opened, { prompt: 'a hidden garden', seed: '' })).final();
  expect(bot.discord.visibleOnlyTo(edited.id)).toBe(bot.discord.world.users.alice.id);
  await press(alice, first, 'Delete');
  await bot.discord.until(() => (bot.discord.message(first.channel_id, first.id) === undefined ? true : undefined));
  expect(bot.discord.messages(first.channel_id)).toEqual([]);
});
