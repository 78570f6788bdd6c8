import type { APIMessage } from 'discord-api-types/v10';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { Interaction } from '../../src/playground/discord/contract.ts';
import { startTestBot, type TestBot } from '../support/bot.ts';
import { openForm, press, refusalOf, textOf } from '../support/messages.ts';
import { startOctoAi, type Vendor } from '../support/vendors.ts';

interface Scene {
  readonly bot: TestBot;
  readonly vendor: Vendor;
}

async function start(): Promise<Scene> {
  const vendor = await startOctoAi();
  return { vendor, bot: await startTestBot({ vendors: [vendor] }) };
}

/** What a client with other ideas than Discord's would send. */
function rawImagine(options: readonly { name: string; type: number; value: unknown }[]) {
  return { id: '1180000000000000099', name: 'imagine', type: 1, options };
}

/** One sentence, to the member alone, at once; and no provider was asked. */
async function expectRefusal(
  { bot, vendor }: Scene,
  interaction: Interaction,
  sentence: string | RegExp,
): Promise<void> {
  const requests = vendor.requests.length;
  expect(await refusalOf(bot.discord, interaction)).toMatch(sentence);
  expect(vendor.requests).toHaveLength(requests);
}

const prompt = { name: 'prompt', type: 3, value: 'a kettle' };

it.each([
  ['no prompt at all', [], 'Write a prompt: say what the picture should show.'],
  [
    'a prompt that shows nothing',
    [{ ...prompt, value: '\u200b \u2060\u200d' }],
    'Write a prompt: say what the picture should show.',
  ],
  ['a prompt of spaces', [{ ...prompt, value: '   ' }], 'Write a prompt: say what the picture should show.'],
  [
    '4001 characters',
    [{ ...prompt, value: 'x'.repeat(4_001) }],
    'That prompt is 4001 characters long; shorten it to 4000 or fewer.',
  ],
  ['4001 emoji', [{ ...prompt, value: '🗼'.repeat(4_001) }], 'That prompt is 4001 characters long'],
  [
    'an unknown model',
    [prompt, { name: 'model', type: 3, value: 'dall-e' }],
    /^There is no model “dall-e” here\. Pick one of: flux-schnell/,
  ],
  [
    'a model of a provider without a key',
    [prompt, { name: 'model', type: 3, value: 'novita/flux-schnell' }],
    /^There is no model “novita\/flux-schnell”/,
  ],
  [
    'an unknown aspect ratio',
    [prompt, { name: 'aspect', type: 3, value: '7:1' }],
    /^That aspect ratio is not offered\. Pick one of: 1:1, 16:9/,
  ],
  ['seed 0', [prompt, { name: 'seed', type: 4, value: 0 }], 'A seed is a whole number from 1 to 4294967295.'],
  [
    'a seed beyond 32 bits',
    [prompt, { name: 'seed', type: 4, value: 4_294_967_296 }],
    'A seed is a whole number from 1 to 4294967295.',
  ],
  [
    'more steps than the offer takes',
    [prompt, { name: 'steps', type: 4, value: 201 }],
    'octoai/flux-schnell takes 1 to 200 steps.',
  ],
  ['five pictures', [prompt, { name: 'count', type: 4, value: 5 }], 'Ask for 1 to 4 pictures at a time.'],
  ['half a picture', [prompt, { name: 'count', type: 4, value: 0.5 }], 'Ask for 1 to 4 pictures at a time.'],
  [
    'guidance the offer does not take',
    [prompt, { name: 'guidance', type: 10, value: 0 }],
    'octoai/flux-schnell takes guidance from 0.1 to 50.',
  ],
  [
    'a negative prompt nobody takes',
    [prompt, { name: 'negative', type: 3, value: 'lids' }],
    'octoai/flux-schnell takes no negative prompt.',
  ],
  [
    'strength without a picture',
    [prompt, { name: 'strength', type: 10, value: 0.5 }],
    'Strength needs a picture to start from',
  ],
  ['a strength that is none', [prompt, { name: 'strength', type: 10, value: 7 }], 'Strength is a number from 0.05'],
  [
    'a picture that was never attached',
    [prompt, { name: 'image', type: 11, value: '1180000000000000077' }],
    'The option “image” has a value this command cannot use.',
  ],
  [
    'text where a number belongs',
    [prompt, { name: 'steps', type: 3, value: 'many' }],
    'Steps are a whole number, 1 or more; `/models` tells how many each model takes.',
  ],
])('refuses %s', async (_what, options, sentence) => {
  const scene = await start();
  await expectRefusal(scene, await scene.bot.as('alice').rawCommand(rawImagine(options)), sentence);
});

it('refuses a command it does not have', async () => {
  const scene = await start();
  const data = { ...rawImagine([]), name: 'paint' };
  await expectRefusal(
    scene,
    await scene.bot.as('alice').rawCommand(data),
    'That command is from another version of this bot.',
  );
});

it.each([
  [
    'a page that is called a picture',
    Buffer.from('<html>not a picture</html>'),
    'picture.png',
    'That file is not a picture Easel can read.',
  ],
  ['a text file', Buffer.from('once upon a time'), 'story.txt', 'That file is not a picture Easel can read.'],
  [
    'a picture of 60 megapixels',
    await hugePng(),
    'huge.png',
    'That picture has 60 megapixels; attach one of at most 40.',
  ],
] as const)('refuses %s as image before anybody waits', async (_what, file, name, sentence) => {
  const scene = await start();
  const options = { prompt: 'a kettle', model: 'flux-dev', image: { file, name } };
  await expectRefusal(scene, await scene.bot.as('alice').command('imagine', options), sentence);
});

it.each([
  ['ends early', await cutPng(), 'cut.png'],
  ['is drawn in SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'drawing.svg'],
] as const)('refuses a picture that %s once it is read, in the answer that waits', async (_what, file, name) => {
  const { bot, vendor } = await start();
  const options = { prompt: 'a kettle', model: 'flux-dev', image: { file, name } };
  const refusal = await (await bot.as('alice').command('imagine', options)).final();
  expect(textOf(refusal)).toBe('That file is not a picture Easel can read. Attach a PNG, JPEG, WebP or GIF.');
  expect(vendor.requests).toEqual([]);
});

it.each([
  ['of an older version', 'v0:result:regenerate:1180000000000000055'],
  ['of another bot', 'giveaway-enter'],
  ['of no known family', 'v1:poll:vote:1180000000000000055'],
  ['with an action it does not have', 'v1:result:explode:1180000000000000055'],
  ['with junk instead of an id', 'v1:result:info:../../etc'],
])('refuses a button %s', async (_what, customId) => {
  const scene = await start();
  const pressed = await scene.bot.as('alice').pressRaw(customId);
  await expectRefusal(scene, pressed, 'That button is from another version of this bot. Start afresh with `/imagine`.');
});

it.each(['regenerate', 'variation', 'edit', 'info'])('refuses %s on a result it has no record of', async (action) => {
  const scene = await start();
  const pressed = await scene.bot.as('alice').pressRaw(`v1:result:${action}:1180000000000000055:0`);
  await expectRefusal(scene, pressed, 'That result is too old or was deleted, so there is nothing left to build on.');
});

it.each(['cancel', 'retry'])('refuses %s on a request it has no record of', async (action) => {
  const scene = await start();
  const pressed = await scene.bot.as('alice').pressRaw(`v1:job:${action}:1180000000000000055`);
  await expectRefusal(scene, pressed, 'That result is too old or was deleted, so there is nothing left to build on.');
});

async function paint({ bot }: Scene): Promise<APIMessage> {
  const asked = await bot.as('alice').command('imagine', { prompt: 'a copper kettle' });
  const message = await asked.final();
  await bot.finished(asked);
  return message;
}

it('refuses to paint on from a message that was deleted meanwhile', async () => {
  const scene = await start();
  const { bot, vendor } = scene;
  const message = await paint(scene);
  bot.discord.deleteMessage(message.channel_id, message.id);
  const pressed = await bot
    .as('alice')
    .pressRaw(`v1:result:variation:${message.interaction_metadata?.id}:0`, message.id);
  const refusal = await pressed.final();
  expect(textOf(refusal)).toBe(
    'The picture this was to start from is no longer there. Attach it again or start from another one.',
  );
  expect(vendor.requests).toHaveLength(1);
});

it('refuses every button of a deleted result', async () => {
  const scene = await start();
  const { bot } = scene;
  const message = await paint(scene);
  const id = message.interaction_metadata?.id;
  await press(bot.as('alice'), message, 'Delete');
  await bot.discord.until(() => (bot.discord.message(message.channel_id, message.id) === undefined ? true : undefined));
  for (const action of ['regenerate', 'variation', 'edit']) {
    const pressed = await bot.as('bob').pressRaw(`v1:result:${action}:${id}:0`, message.id);
    await expectRefusal(scene, pressed, 'That result is too old or was deleted');
  }
});

it('refuses a seed in the form that is none', async () => {
  const scene = await start();
  const opened = await openForm(scene.bot.as('alice'), await paint(scene), 'Edit prompt');
  const submitted = await scene.bot.as('alice').submitModal(opened, { prompt: 'a tin kettle', seed: 'seven' });
  await expectRefusal(scene, submitted, 'A seed is a whole number from 1 to 4294967295.');
});

/** Sixty megapixels in a file of some kilobytes. */
async function hugePng(): Promise<Buffer> {
  return sharp({
    create: { width: 10_000, height: 6_000, channels: 3, background: '#ffffff' },
    limitInputPixels: false,
  })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

async function cutPng(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  const whole = await sharp({ create: { width: 200, height: 200, channels: 3, background: '#808080', noise } })
    .png()
    .toBuffer();
  return whole.subarray(0, whole.length / 2);
}
