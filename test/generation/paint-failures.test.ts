import { describe, expect, it } from 'vitest';
import { InvalidInputError, type ProviderFailure, RejectedError } from '../../src/errors.ts';
import { NotNowError, NotOursError } from '../../src/generation/not-now.ts';
import { type Behaviour, hang, makeRequest } from '../support/offers.ts';
import { acme, DEADLINE, failing, OVER_BUDGET, other, rejecting, run, type World } from './painting.ts';

describe('a provider that fails', () => {
  it.each<ProviderFailure>([
    'credentials',
    'money',
    'not-allowed',
    'wrong-address',
    'invalid-request',
    'rate-limited',
    'trouble',
    'unreadable',
    'network',
    'timeout',
  ])('with “%s” is left for the next, and its call is closed', async (failure) => {
    const [first, second] = [acme(failing(failure)), other()];
    const { opened, report } = await run({ providers: [first, second] });
    expect(opened.map(({ provider }) => provider)).toEqual(['acme', 'other']);
    expect(opened[0]?.ended).toMatchObject({ failed: { failure } });
    expect(report).toMatchObject({ missing: 0, chosen: { offer: { provider: 'other' } } });
  });

  it('names the failure that may pass soonest when nobody is left', async () => {
    const providers = [acme(failing('credentials')), other(failing('rate-limited', { retryAfterMs: 3_000 }))];
    const { report } = await run({ providers });
    expect(report).toMatchObject({ error: { failure: 'rate-limited', retryAfterMs: 3_000 } });
  });

  it('is the last one when the member has waited long enough', async () => {
    let time = 0;
    const late: Behaviour = (...call) => {
      time = DEADLINE;
      return failing('trouble')(...call);
    };
    const [first, second] = [acme(late), other()];
    const { report } = await run({ providers: [first, second], now: () => time });
    expect(report).toMatchObject({ error: { failure: 'trouble' } });
    expect(second.calls).toEqual([]);
  });

  it('by not answering is left when its time is up, and may have been paid', async () => {
    const [first, second] = [acme(hang), other()];
    const { opened, report } = await run({ providers: [first, second], ranked: { acme: { patienceMs: 20 } } });
    expect(opened[0]?.ended).toMatchObject({ failed: { failure: 'timeout', billed: 'possibly' } });
    expect(report).toMatchObject({ chosen: { offer: { provider: 'other' } } });
  });

  it('gets the time its offer says where nobody else could do it', async () => {
    const { report } = await run({ providers: [acme(hang, { patienceMs: 20 })] });
    expect(report).toMatchObject({ error: { failure: 'timeout' } });
  });

  it('does not keep the next one from being asked, however long its offer may take', async () => {
    const [own, second] = [acme(hang, { patienceMs: 600_000 }), other()];
    const { report } = await run({ providers: [own, second], ranked: { acme: { patienceMs: 20 } } });
    expect(report).toMatchObject({ chosen: { offer: { provider: 'other' } } });
  });

  it('in a way nobody foresaw ends it, once every call is closed', async () => {
    const bug = new TypeError('x is not a function');
    const provider = acme((request, _call, paintIt) => (request.seed === 7 ? Promise.reject(bug) : paintIt()));
    const { opened, report } = await run({ providers: [provider, other()], request: makeRequest({ count: 2 }) });
    expect(report).toEqual({ error: bug });
    expect(opened.map(({ ended }) => ended)).toMatchObject([{ failed: bug }, { pictures: [{ index: 1 }] }]);
  });
});

describe('content a provider refuses', () => {
  it.each(['no', 'possibly'] as const)('is asked for once and taken to nobody else, billed: %s', async (billed) => {
    const [first, second] = [acme(rejecting('request', billed)), other()];
    const { report } = await run({
      providers: [first, second],
      ranked: { acme: { atOnce: 1 } },
      request: makeRequest({ count: 3 }),
    });
    expect(report).toMatchObject({ error: expect.any(RejectedError) });
    expect([first.calls.length, second.calls.length]).toEqual([1, 0]);
  });

  it('counts as withheld where other pictures came', async () => {
    const picky: Behaviour = (request, call, paintIt) =>
      request.seed === 8 ? rejecting('result', 'possibly')(request, call, paintIt) : paintIt();
    const { report, pictures } = await run({ providers: [acme(picky)], request: makeRequest({ count: 3 }) });
    expect(report).toMatchObject({ withheld: 1, missing: 0 });
    expect(pictures.map(({ index }) => index)).toEqual([0, 2]);
  });
});

describe('nobody to ask', () => {
  it('says what to change when no offer can do it', async () => {
    const { report, opened } = await run({ providers: [acme()], request: makeRequest({ inferenceSteps: 99 }) });
    expect(report).toMatchObject({ error: expect.any(InvalidInputError) });
    expect(opened).toEqual([]);
  });

  it('comes back soon for a slot', async () => {
    const { report } = await run({ providers: [acme(), other()], openings: { acme: 'no-slot', other: 'no-slot' } });
    expect(report).toMatchObject({ error: expect.any(NotNowError) });
    expect(report).toMatchObject({ error: { at: 500, failure: undefined } });
  });

  it.each<[string, Partial<World>, number | undefined]>([
    ['for as long as it takes, while nobody else can do it', {}, undefined],
    ['until one that rests may be asked', { ranked: { other: { notBefore: 15_000 } } }, 15_000],
    ['until another request has tried one', { openings: { acme: 'no-slot', other: 'resting' } }, 500],
    ['until one that failed may be well', { providers: [acme(), other(failing('trouble'))] }, 2_000],
    [
      'until one that failed asked to come back',
      { providers: [acme(), other(failing('network', { retryAfterMs: 7_000 }))] },
      7_000,
    ],
    ['and asks nobody twice who may have painted it', { providers: [acme(), other(failing('timeout'))] }, undefined],
  ])('waits for a slot %s', async (_what, world, waitsUntil) => {
    const providers = waitsUntil === undefined && world.providers === undefined ? [acme()] : [acme(), other()];
    const { report } = await run({ providers, openings: { acme: 'no-slot' }, ...world });
    expect(report).toMatchObject({ error: { at: 500, waitsFor: 'acme', waitsUntil } });
  });

  it('names who is busy where somebody was asked in vain before', async () => {
    const { report } = await run({ providers: [acme()], openings: { acme: 'no-slot' }, asked: true });
    expect(report).toMatchObject({
      error: { failure: { sentence: { key: 'provider-rate-limited', values: { provider: 'Acme' } } } },
    });
  });

  it('asks the next while one has no slot', async () => {
    const { opened } = await run({ providers: [acme(), other()], openings: { acme: 'no-slot' } });
    expect(opened.map(({ provider }) => provider)).toEqual(['other']);
  });

  it('comes back when the first of those that rest may be asked, and names it', async () => {
    const ranked = { acme: { notBefore: 60_000, failure: 'trouble' }, other: { notBefore: 9_000, failure: 'trouble' } };
    const { report } = await run({ providers: [acme(), other()], ranked });
    expect(report).toMatchObject({
      error: { at: 9_000, failure: { failure: 'trouble', provider: 'Other', retryAfterMs: 9_000 } },
    });
  });

  it('says so when the money does not reach', async () => {
    const { report } = await run({ providers: [acme()], openings: { acme: 'over-budget' } });
    expect(report).toEqual({ error: OVER_BUDGET });
  });

  it('stops at once where the generation is someone else’s by now', async () => {
    const { report } = await run({ providers: [acme(), other()], openings: { acme: 'not-ours' } });
    expect(report).toMatchObject({ error: expect.any(NotOursError) });
  });

  it('asks again what an earlier run asked in vain only when nobody else is left', async () => {
    const [first, second] = [acme(), other()];
    const spent = ({ provider }: { provider: string }) => provider === 'acme';
    await run({ providers: [first, second], spent });
    expect([first.calls.length, second.calls.length]).toEqual([0, 1]);
    await run({ providers: [first], spent });
    expect(first.calls).toHaveLength(1);
  });
});

describe('a stop', () => {
  it('ends the calls with its reason, and closes them', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const started = Promise.withResolvers<void>();
    const provider = acme((...call) => {
      started.resolve();
      return hang(...call);
    });
    const running = run({ providers: [provider, other()], signal: stop.signal });
    await started.promise;
    stop.abort(reason);
    const { report, opened } = await running;
    expect(report).toEqual({ error: reason });
    expect(opened).toMatchObject([{ provider: 'acme', ended: { failed: reason } }]);
  });

  it('before the first call asks nobody', async () => {
    const provider = acme();
    const reason = new Error('stopped');
    const { report } = await run({ providers: [provider], signal: AbortSignal.abort(reason) });
    expect(report).toEqual({ error: reason });
    expect(provider.calls).toEqual([]);
  });
});
