import { Routes } from 'discord-api-types/v10';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { imagine } from '../../commands/imagine.ts';
import { inert, presentFailure, presentInfo, presentResult } from '../../src/discord/present.ts';
import { buildMessage, type Reply } from '../../src/discord/reply.ts';
import { createBotRest } from '../../src/discord/rest.ts';
import { recordOf } from '../../src/generation/offer-record.ts';
import type { Failure, Generation, Painted } from '../../src/generation/record.ts';
import type { GenerationRequest } from '../../src/generation/request.ts';
import { checkRequests } from '../support/discord-schema.ts';
import { newGeneration, PAINTED } from '../support/generations.ts';
import { startLocalDiscord } from '../support/local-discord.ts';
import { buttonsOf, filesOf, textOf } from '../support/messages.ts';
import { makeOffer, makeRequest } from '../support/offers.ts';
import { createPainter } from '../support/stand-ins/picture.ts';

const ID = '1180000000000000001';
const PNG = Buffer.from(await createPainter('png')(64, 64, 1));
const JPEG = Buffer.from(await createPainter('jpeg')(64, 64, 1));
const sketch = recordOf(makeOffer({ provider: 'sketch', providerLabel: 'Sketch', model: 'sketch' }));

function finished(made: Partial<Generation> = {}, request: Partial<GenerationRequest> = {}): Generation {
  return {
    ...newGeneration({ id: ID, userId: '1180000000000000011' }),
    request: makeRequest({ model: 'sketch', ...request }),
    state: 'delivering',
    outcome: 'done',
    erased: false,
    painted: PAINTED,
    claims: 1,
    ...made,
  };
}

/** The message as a local Discord shows it, once it has passed all of Discord's checks. */
async function post(reply: Reply) {
  const discord = await startLocalDiscord();
  const channelId = discord.world.channels.general.id;
  const { body, files } = buildMessage(reply);
  await createBotRest(discord).post(Routes.channelMessages(channelId), { body, files });
  expect(checkRequests(discord)).toEqual([]);
  const [message] = discord.messages(channelId);
  if (message === undefined) throw new Error('nothing was posted');
  return message;
}

const SCRIPTS = [
  ['Latin', 'sea '],
  ['Chinese', '海边的灯塔'],
  ['emoji', '🌊🗼'],
  ['markdown', '*_~|`[]()<>\\'],
  ['mentions', '@everyone <@1> '],
] as const;
const fill = (words: string) => Array.from(words.repeat(4_000)).slice(0, 4_000).join('').trimEnd();

describe('inert', () => {
  /** The local Discord's own reading of markdown: every kind of node, and all its text. */
  async function read(text: string) {
    const { parseMarkdown } = await import(new URL('../../src/playground/page/markdown.js', import.meta.url).href);
    const node: z.ZodType<{
      type: string;
      text?: string | undefined;
      children?: unknown[] | undefined;
    }> = z.looseObject({
      type: z.string(),
      text: z.string().optional(),
      children: z.array(z.unknown()).optional(),
    });
    const kinds = new Set<string>();
    let words = '';
    const visit = (value: unknown): void => {
      const { type, text: own, children = [] } = node.parse(value);
      words += own ?? '';
      for (const child of children) visit(child);
      kinds.add(type);
    };
    for (const block of z.array(z.unknown()).parse(parseMarkdown(text))) visit(block);
    return { kinds: [...kinds].toSorted(), words };
  }

  it.each([
    ['**bold** *it* _it_ __u__ ~~s~~ ||spoiler||'],
    ['`code` ``code`` ```js\ncode```'],
    ['# title\n## title\n- item\n1. item\n> quote\n-# small'],
    ['[a](https://example.com) and [b](https://example.com) and [c](<https://example.com>)'],
    ['\\*\\*not\\*\\* \\[a](https://example.com) \\\\*x*'],
    ['@everyone @here <@1180000000000000011> <@!1> <@&2> <#3> </imagine:4> <:fox:5> <a:fox:6> <t:7:R> <id:customize>'],
    ['a fox, 5 * 3 * 2, snake_case_name, (brackets) [and] <more>'],
    ['a fox \\'],
    ['https://example.com/a_b*c*?d=[e] and discord://x'],
  ])('leaves %j as it was written', async (text) => {
    const { kinds, words } = await read(`**${inert(text)}**`);
    expect(kinds).toEqual(['bold', 'paragraph', 'text']);
    expect(words.replaceAll('\u200b', '')).toBe(text.replace(/\s+/g, ' '));
  });

  it('leaves any other words as they were written', async () => {
    const unit = fc.constantFrom(
      '*',
      '_',
      '~~',
      '||',
      '`',
      '[a](',
      'https://e.com',
      ')',
      '<@1>',
      '<#2>',
      '<t:3>',
      '@here',
      '\\',
      '\n',
      ' ',
      '# ',
      '> ',
      '- ',
      'fox',
      '海',
      '🦊',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(unit, { minLength: 1, maxLength: 12 }), async (parts) => {
        const text = parts.join('').replace(/\s+/g, ' ').trim();
        fc.pre(text !== '');
        const { kinds, words } = await read(`**${inert(text)}**`);
        expect(kinds).toEqual(['bold', 'paragraph', 'text']);
        expect(words.replaceAll('\u200b', '')).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('presentResult', () => {
  const images = [PNG, JPEG].map((bytes, index) => ({ index, bytes }));

  it('shows words, pictures, facts, and what comes next', async () => {
    const reply = presentResult(finished(), { ...PAINTED, seeds: [7, 8] }, images, [sketch]);
    expect(reply).toMatchObject({
      text: '**a fox**',
      pictures: [
        { name: `easel-${ID}-1.png`, bytes: PNG, description: 'a fox' },
        { name: `easel-${ID}-2.jpg`, bytes: JPEG, description: 'a fox' },
      ],
      small: ['sketch · 1024×1024 · seed 7–8 · 1.2 s · $0.00300'],
    });
    expect(buttonsOf(await post(reply))).toEqual({
      Regenerate: `v1:result:regenerate:${ID}`,
      V1: `v1:result:variation:${ID}:0`,
      V2: `v1:result:variation:${ID}:1`,
      'Edit prompt': `v1:result:edit:${ID}`,
      Info: `v1:result:info:${ID}`,
      Delete: `v1:result:delete:${ID}`,
    });
  });

  it('names a picture by its place, also when one before it is missing', () => {
    const { pictures } = presentResult(finished(), PAINTED, [{ index: 2, bytes: PNG }], [sketch]);
    expect(pictures?.map(({ name }) => name)).toEqual([`easel-${ID}-3.png`]);
  });

  it('offers no variation where nothing can vary', () => {
    const { buttons } = presentResult(finished(), PAINTED, images, [{ ...sketch, modes: ['text-to-image'] }]);
    expect(buttons?.[0]?.map(({ label }) => label)).toEqual(['Regenerate']);
  });

  it('says small what could not be done as asked', () => {
    const painted: Painted = {
      ...PAINTED,
      withheld: 1,
      missing: 2,
      notes: [{ key: 'note-seed', values: { label: 'DeepInfra' } }],
    };
    expect(presentResult(finished(), painted, images, []).small?.slice(1)).toEqual([
      'DeepInfra chooses its own seed, so the one you gave was not used.',
      'One picture was withheld by the safety filter.',
      '2 pictures could not be painted.',
    ]);
  });

  it('shows none of the words once they are erased', () => {
    const reply = presentResult(finished({ erased: true }, { prompt: '' }), PAINTED, images, [sketch]);
    expect(reply).not.toHaveProperty('text');
    expect(reply.pictures?.every((picture) => !('description' in picture))).toBe(true);
  });

  it('tells a strength only of what started from a picture', () => {
    const facts = (request: Partial<GenerationRequest>) =>
      presentResult(finished({}, request), PAINTED, images, []).small?.[0];
    expect(facts({ mode: 'image-to-image', strength: 0.4 })).toContain('strength 0.4');
    expect(facts({ strength: 0.4 })).not.toContain('strength');
  });

  it.each(SCRIPTS)('fits 4000 characters of %s into a message, notifying nobody', async (_script, words) => {
    const prompt = fill(words);
    const four = [0, 1, 2, 3].map((index) => ({ index, bytes: PNG }));
    const message = await post(presentResult(finished({}, { prompt, count: 4 }), PAINTED, four, [sketch]));
    expect(message).toMatchObject({ mentions: [], mention_everyone: false });
    expect(textOf(message)).toContain('[…]');
    expect(textOf(message).length).toBeLessThan(600);
  });
});

describe('presentFailure', () => {
  it.each<[Failure, boolean]>([
    [{ code: 'provider-failed', sentence: { key: 'provider-trouble', values: { provider: 'Novita' } } }, true],
    [{ code: 'answer-lost', sentence: { key: 'answer-lost', values: { provider: 'Novita' } } }, true],
    [{ code: 'failed', sentence: { key: 'something-wrong', values: { reference: ID } } }, true],
    [{ code: 'busy', sentence: { key: 'budget-member', values: { resets: '<t:1790000000:R>' } } }, true],
    [{ code: 'rejected', sentence: { key: 'rejected', values: { provider: 'Novita' } } }, false],
    [{ code: 'invalid-input', sentence: { key: 'image-gone' } }, false],
    [{ code: 'cancelled', sentence: { key: 'cancelled' } }, false],
  ])('says %o, and offers to try again: %s', async (failure, retry) => {
    const message = await post(presentFailure({ id: ID, locale: 'en-US' }, failure));
    expect(textOf(message)).not.toBe('');
    expect(buttonsOf(message)).toEqual(retry ? { 'Try again': `v1:job:retry:${ID}` } : {});
  });
});

describe('presentInfo', () => {
  const flux: Painted = {
    ...PAINTED,
    provider: 'novita',
    providerLabel: 'Novita',
    model: 'flux-dev',
    inferenceSteps: 20,
    costMicroUsd: 11_200,
  };
  const everything: Partial<GenerationRequest> = {
    negativePrompt: 'cars and people',
    mode: 'image-to-image',
    aspect: '16:9',
    guidanceScale: 3.5,
    strength: 0.6,
    count: 2,
    initImage: { url: 'https://cdn.discordapp.com/a.png' },
  };

  it('tells everything needed to repeat a picture', async () => {
    const generation = finished({ createdAt: 1_790_000_000_000 }, everything);
    const reason = { key: 'reason-cheapest', values: { label: 'Novita', seed: false } } as const;
    const message = await post(presentInfo(generation, { ...flux, seeds: [7, 8], reason }, 'en-US'));
    expect(textOf(message).split('\n')).toEqual([
      '### Everything needed to repeat this picture',
      '**Prompt:** a fox',
      '**Negative prompt:** cars and people',
      '**Model:** flux-dev, painted by Novita',
      '**Size:** 1024×1024 px (16:9)',
      '**Steps:** 20',
      '**Seed:** 7–8',
      '**Guidance:** 3.5',
      '**Strength:** 0.6 (0.05 keeps the picture it started from, 1 ignores it)',
      'It started from a picture, which has to be attached again to repeat it.',
      '**Price:** $0.0112',
      '**Painted in:** 1.2 s',
      '**Asked for by:** <@1180000000000000011>, <t:1790000000:f>',
      '**Chosen:** Novita: cheapest here.',
      '**To paint it again, paste this into the message box:**',
      '```',
      '/imagine prompt: a fox model: novita/flux-dev aspect: 16:9 seed: 7 steps: 20 count: 2 guidance: 3.5 negative: cars and people strength: 0.6',
      '```',
    ]);
    expect(filesOf(message)).toEqual({});
  });

  it('leaves out what was not asked for', () => {
    const { text } = presentInfo(finished(), PAINTED, 'en-US');
    expect(text).not.toMatch(/Negative|Guidance|Strength|Steps|Chosen|started from/);
    expect(text).toContain('without any AI');
    expect(text).toContain('/imagine prompt: a fox model: sketch aspect: 1:1 seed: 7\n');
  });

  it('names the seed that was used, or says that nobody knows it', () => {
    expect(presentInfo(finished({}, { seed: 7 }), { ...flux, seeds: [99] }, 'en').text).toContain('seed: 99 ');
    const { text } = presentInfo(finished({}, { seed: 7 }), { ...flux, seeds: [null] }, 'en');
    expect(text).toContain('**Seed:** chosen by Novita\n');
  });

  it('tells none of the words once they are erased', () => {
    const { text, files } = presentInfo(finished({ erased: true }, { ...everything, prompt: '' }), flux, 'en');
    expect(text).toContain('The prompt was erased.');
    expect(text).not.toMatch(/cars|\/imagine|Negative/);
    expect(files).toBeUndefined();
  });

  it.each([
    ['an option’s name and a colon', 'a sign that reads seed: 5'],
    ['another option’s, in capitals', 'a sign that reads “PRIVATE: keep out”'],
    ['lines of its own', 'a fox\nin the snow'],
    ['double spaces', 'a  fox'],
    ['spaces around it', ' a fox'],
    ['a block of code', 'a ``` b'],
  ])('puts a prompt with %s into a file, word for word, and offers nothing to paste', async (_what, words) => {
    for (const request of [{ prompt: words }, { negativePrompt: words }]) {
      const message = await post(presentInfo(finished({}, { ...everything, ...request }), flux, 'en'));
      const { files = [] } = presentInfo(finished({}, { ...everything, ...request }), flux, 'en');
      expect(String(files[0]?.bytes)).toContain(`${'prompt' in request ? 'prompt' : 'negative'}: ${words}\n`);
      expect(textOf(message)).not.toMatch(/\/imagine|paste|(?<!\\)```/);
      expect(textOf(message)).toContain('**To paint it again:** its prompt and its options are in the file below.');
    }
  });

  it('offers a line to paste only where it asks for the same', async () => {
    const page = (file: string) => import(new URL(`../../src/playground/page/${file}`, import.meta.url).href);
    const { listEntries, parseLine } = await page('command-line.js');
    const entries = listEntries([imagine.describe([sketch])]);
    const parsed = z.object({
      typed: z.array(z.object({ option: z.object({ name: z.string() }), value: z.string() })),
    });
    const unit = fc.constantFrom(
      'a fox',
      ' ',
      '  ',
      '\n',
      'seed:',
      'Steps: 4',
      'xseed:',
      'prompt:',
      ':',
      '7',
      '海',
      '`',
    );
    const words = fc.array(unit, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(words, words, (prompt, negativePrompt) => {
        fc.pre(prompt.trim() !== '' && negativePrompt.trim() !== '');
        const { text = '', files } = presentInfo(finished({}, { ...everything, prompt, negativePrompt }), flux, 'en');
        const line = /```\n(\/imagine .*)\n```/.exec(text)?.[1];
        expect(line === undefined).toBe(files !== undefined);
        if (line === undefined) return;
        const { typed } = parsed.parse(parseLine(line, entries));
        const options = Object.fromEntries(typed.map(({ option, value }) => [option.name, value]));
        expect(options).toEqual({
          prompt,
          model: 'novita/flux-dev',
          aspect: '16:9',
          seed: '7',
          steps: '20',
          count: '2',
          guidance: '3.5',
          negative: negativePrompt,
          strength: '0.6',
        });
      }),
      { numRuns: 500 },
    );
  });

  it('says nothing of a strength there is no dial for, but in the note', () => {
    const notes: Painted['notes'] = [{ key: 'note-strength', values: { label: 'DeepInfra' } }];
    const generation = finished({}, { ...everything, strength: 0.6 });
    expect(presentInfo(generation, { ...flux, notes }, 'en').text).not.toMatch(/strength/i);
    const { small = [] } = presentResult(generation, { ...flux, notes }, [{ index: 0, bytes: PNG }], []);
    expect(small.filter((line) => /strength/.test(line))).toEqual([
      'DeepInfra has no strength dial, so the strength was not used.',
    ]);
  });

  it.each(SCRIPTS)('puts 4000 characters of %s into a file, whole', async (_script, words) => {
    const prompt = fill(words);
    const reply = presentInfo(finished({}, { prompt }), flux, 'en');
    expect(String(reply.files?.[0]?.bytes)).toContain(prompt);
    expect(Object.keys(filesOf(await post(reply)))).toEqual([`easel-${ID}-prompt.txt`]);
  });

  it.each(SCRIPTS)('fits 4000 characters of %s as the negative prompt', async (_script, words) => {
    const negativePrompt = fill(words);
    const reply = presentInfo(finished({}, { ...everything, negativePrompt }), flux, 'en');
    expect(String(reply.files?.[0]?.bytes)).toContain(`negative: ${negativePrompt}\n`);
    const text = textOf(await post(reply));
    expect(text).toContain('**Asked for by:**');
    expect(text.match(/(?<!\\)```/g)).toBeNull();
  });

  it.each(SCRIPTS)('shows in full all of %s that has no file', async (_script, words) => {
    for (const length of [100, 400, 800, 1_200]) {
      const prompt = Array.from(words.repeat(length)).slice(0, length).join('').trim();
      const reply = presentInfo(finished({}, { ...everything, prompt, negativePrompt: prompt }), flux, 'en');
      const text = textOf(await post(reply));
      expect(text).toBe(reply.text);
      expect(text.match(/(?<!\\)```/g)?.length ?? 0).toBe(reply.files === undefined ? 2 : 0);
    }
  });
});
