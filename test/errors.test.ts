import { describe, expect, it } from 'vitest';
import {
  BotError,
  BusyError,
  InvalidInputError,
  ProviderFailedError,
  type ProviderFailure,
  RejectedError,
} from '../src/errors.ts';
import type { Sentence } from '../src/language/index.ts';

const fail = (failure: ProviderFailure, rest: { retryAfterMs?: number; status?: number; cause?: unknown } = {}) =>
  new ProviderFailedError('it said no', { provider: 'Novita', failure, billed: 'no', ...rest });

describe('ProviderFailedError', () => {
  it.each<[ProviderFailure, boolean, Sentence['key']]>([
    ['credentials', false, 'provider-setup'],
    ['money', false, 'provider-setup'],
    ['not-allowed', false, 'provider-setup'],
    ['wrong-address', false, 'provider-setup'],
    ['invalid-request', false, 'provider-trouble'],
    ['rate-limited', true, 'provider-rate-limited'],
    ['trouble', true, 'provider-trouble'],
    ['unreadable', true, 'provider-unreadable'],
    ['network', true, 'provider-unreachable'],
    ['timeout', true, 'provider-slow'],
  ])('of kind %s is retryable: %s, and says %s', (failure, retryable, key) => {
    expect(fail(failure)).toMatchObject({
      code: 'provider-failed',
      failure,
      retryable,
      billed: 'no',
      sentence: { key, values: { provider: 'Novita' } },
    });
  });

  it.each([
    [undefined, undefined],
    [0, 1],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [90_000, 90],
  ])('tells a wait of %s ms as %s s', (retryAfterMs, seconds) => {
    const { sentence } = fail('rate-limited', retryAfterMs === undefined ? {} : { retryAfterMs });
    expect('values' in sentence ? sentence.values : {}).toEqual({
      provider: 'Novita',
      ...(seconds === undefined ? {} : { seconds }),
    });
  });

  it('keeps status and cause for the log', () => {
    const cause = new TypeError('terminated');
    expect(fail('trouble', { status: 503, cause })).toMatchObject({ status: 503, cause, message: 'it said no' });
    expect(Object.hasOwn(fail('trouble'), 'cause')).toBe(false);
  });
});

describe('BotError', () => {
  const sentence = { key: 'prompt-empty' } as const;

  it.each([
    [new InvalidInputError('x', { sentence }), 'InvalidInputError', 'invalid-input', false],
    [new RejectedError('x', { sentence }), 'RejectedError', 'rejected', false],
    [new BusyError('x', { sentence }), 'BusyError', 'busy', true],
    [fail('trouble'), 'ProviderFailedError', 'provider-failed', true],
  ])('knows itself: %s', (error, name, code, retryable) => {
    expect(error).toBeInstanceOf(BotError);
    expect(error).toMatchObject({ name, code, retryable, detail: {} });
  });

  it('takes a refusal as unbilled unless it is told otherwise', () => {
    expect(new RejectedError('x', { sentence })).toMatchObject({ refused: 'request', billed: 'no' });
    expect(new RejectedError('x', { sentence, refused: 'result', billed: 'possibly' })).toMatchObject({
      refused: 'result',
      billed: 'possibly',
    });
  });
});
