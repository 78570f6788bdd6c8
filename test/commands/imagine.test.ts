import { describe, expect, it } from 'vitest';
import { imagine } from '../../commands/imagine.ts';
import type { GivenFile } from '../../src/discord/interaction.ts';
import { InvalidInputError } from '../../src/errors.ts';
import { recordOf } from '../../src/generation/offer-record.ts';
import type { GenerationRequest } from '../../src/generation/request.ts';
import { speak } from '../../src/language/index.ts';
import { DRAWN_SEED, makeInvocation, makeServices, SKETCH } from '../support/handlers.ts';
import { makeOffer } from '../support/offers.ts';
import { useStoreWorld } from '../support/store-world.ts';
import { createSqliteDatabase } from '../support/stores.ts';

const world = useStoreWorld(createSqliteDatabase);
const FILE: GivenFile = {
  url: 'https://cdn.discordapp.com/a.png',
  name: 'a.png',
  byteLength: 1_000,
  contentType: 'image/png',
  width: 640,
  height: 480,
};
const novita = recordOf(makeOffer({ provider: 'novita', modes: ['text-to-image'] }));
const dev = recordOf(makeOffer({ provider: 'octoai', model: 'flux-dev' }));

/** Runs /imagine with options as they arrive from Discord. */
async function run(options: Record<string, unknown>, services = makeServices(world)) {
  const call = makeInvocation();
  const input = imagine.input.parse(options);
  const outcome = await imagine.run({ ...call, input }, services);
  return { call, outcome, submitted: services.submitted };
}

describe('/imagine', () => {
  it('asks for one square picture with a seed of our own, when it is only told what to paint', async () => {
    const { call, outcome, submitted } = await run({ prompt: 'a fox' });
    expect(outcome).toEqual({ kind: 'painting', generationId: call.id });
    const { token: _token, memberPermissions: _permissions, ...where } = call;
    expect(submitted).toEqual([
      {
        kind: 'imagine',
        origin: { ...where, ephemeral: false, sealedToken: 'sealed interaction-token' },
        request: {
          prompt: 'a fox',
          model: 'sketch',
          mode: 'text-to-image',
          aspect: '1:1',
          seed: DRAWN_SEED,
          seedGiven: false,
          count: 1,
        },
      },
    ]);
  });

  it.each<[string, Record<string, unknown>, Partial<GenerationRequest>]>([
    ['a seed', { seed: 7 }, { seed: 7, seedGiven: true }],
    ['an aspect', { aspect: '16:9' }, { aspect: '16:9' }],
    ['steps', { steps: 8 }, { inferenceSteps: 8 }],
    ['a count', { count: 4 }, { count: 4 }],
    ['guidance', { guidance: 0 }, { guidanceScale: 0 }],
    ['a negative prompt', { negative: 'cars' }, { negativePrompt: 'cars' }],
    ['a model', { model: 'flux-dev' }, { model: 'flux-dev' }],
    ['a model at a provider', { model: 'octoai/flux-dev' }, { model: 'flux-dev', provider: 'octoai' }],
    [
      'a picture, whose shape it takes',
      { image: FILE },
      { mode: 'image-to-image', model: 'flux-dev', initImage: { url: FILE.url }, strength: 0.75 },
    ],
    [
      'a picture, an aspect and a strength',
      { image: FILE, aspect: '3:2', strength: 0.2 },
      { mode: 'image-to-image', aspect: '3:2', strength: 0.2 },
    ],
    [
      'no more of a strength than a form can show',
      { image: FILE, strength: 0.333333 },
      { strength: 0.333, initImage: { url: FILE.url } },
    ],
  ])('passes %s on', async (_what, options, request) => {
    const { submitted } = await run(
      { prompt: 'a fox', ...options },
      makeServices(world, { offers: [SKETCH, novita, dev] }),
    );
    expect(submitted[0]?.request).toMatchObject(request);
    expect(submitted[0]?.request.aspect).toBe(request.aspect ?? (request.initImage === undefined ? '1:1' : undefined));
  });

  it('answers privately when it is asked to', async () => {
    expect(imagine.ephemeral(imagine.input.parse({ private: true }))).toBe(true);
    expect(imagine.ephemeral(imagine.input.parse({}))).toBe(false);
    expect((await run({ prompt: 'a fox', private: true })).submitted[0]?.origin.ephemeral).toBe(true);
  });

  it('says nothing when this interaction was taken before', async () => {
    expect((await run({ prompt: 'a fox' }, makeServices(world, { admission: 'duplicate' }))).outcome).toEqual({
      kind: 'duplicate',
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a model there is not', { model: 'flux-pro' }, 'There is no model “flux-pro” here. Pick one of: sketch.'],
    [
      'a file that is none',
      { image: { ...FILE, contentType: 'text/plain' } },
      'That file is not a picture Easel can read. Attach a PNG, JPEG, WebP or GIF.',
    ],
    [
      'a file that is too heavy',
      { image: { ...FILE, byteLength: 32 * 1024 * 1024 + 1 } },
      'That file is too large; attach a picture of at most 32 MB.',
    ],
    [
      'a picture of 60 megapixels',
      { image: { ...FILE, width: 10_000, height: 6_000 } },
      'That picture has 60 megapixels; attach one of at most 40.',
    ],
    [
      'a strength without a picture',
      { strength: 0.5 },
      'Strength needs a picture to start from: attach one as “image” or leave the strength out.',
    ],
  ])('refuses %s, and submits nothing', async (_what, options, sentence) => {
    const services = makeServices(world);
    const refused = await run({ prompt: 'a fox', ...options }, services).catch((error: unknown) => error);
    if (!(refused instanceof InvalidInputError)) throw new Error('nothing was refused');
    expect(speak('en', refused.sentence)).toBe(sentence);
    expect(services.submitted).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['seed', 0],
    ['seed', 4_294_967_296],
    ['count', 5],
    ['count', '2'],
    ['steps', 0],
    ['guidance', 51],
    ['strength', 0.01],
    ['aspect', '2:1'],
    ['negative', 'x'.repeat(4_001)],
    ['image', 'https://example.com/a.png'],
    ['private', 'yes'],
  ])('refuses %s=%j, which Discord’s client would not send, and names it', (option, value) => {
    const read = imagine.input.safeParse({ prompt: 'a fox', [option]: value });
    expect(read.error?.issues[0]?.path[0]).toBe(option);
  });

  it.each([
    ['steps', 'Steps are a whole number, 1 or more; `/models` tells how many each model takes.'],
    ['guidance', 'Guidance is a number from 0 to 50.'],
    ['strength', 'Strength is a number from 0.05 (close to the picture) to 1 (free of it).'],
  ])('names the range of %s to who is outside of it', (option, sentence) => {
    const refusal = imagine.refusals?.[option];
    expect(refusal && speak('en', refusal)).toBe(sentence);
  });

  it('leaves it to the offers how many steps are too many: they name their own range', async () => {
    const { submitted } = await run({ prompt: 'a fox', steps: 5_000 });
    expect(submitted[0]?.request.inferenceSteps).toBe(5_000);
  });

  it('lists an option only while something here takes it', () => {
    const names = (offers: Parameters<typeof imagine.describe>[0]) => {
      const payload = imagine.describe(offers);
      return 'options' in payload ? payload.options?.map(({ name }) => name) : [];
    };
    const { guidanceScale: _, ...undialled } = novita;
    expect(names([{ ...undialled, negativePrompt: false }])).toEqual([
      'prompt',
      'model',
      'aspect',
      'seed',
      'steps',
      'count',
      'private',
    ]);
    expect(names([dev])).toEqual([
      'prompt',
      'model',
      'aspect',
      'seed',
      'steps',
      'count',
      'guidance',
      'negative',
      'image',
      'strength',
      'private',
    ]);
  });
});
