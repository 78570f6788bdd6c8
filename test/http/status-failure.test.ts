import { describe, expect, it } from 'vitest';
import type { ProviderFailure } from '../../src/errors.ts';
import { buildStatusFailure, failureForStatus } from '../../src/http/status-failure.ts';

const PROMPT = 'a lighthouse at dusk';

describe('failureForStatus', () => {
  it.each<[number, ProviderFailure]>([
    [204, 'unreadable'],
    [302, 'wrong-address'],
    [400, 'invalid-request'],
    [401, 'credentials'],
    [402, 'money'],
    [403, 'not-allowed'],
    [404, 'wrong-address'],
    [405, 'wrong-address'],
    [408, 'trouble'],
    [409, 'trouble'],
    [413, 'invalid-request'],
    [418, 'invalid-request'],
    [422, 'invalid-request'],
    [423, 'trouble'],
    [429, 'rate-limited'],
    [500, 'trouble'],
    [502, 'trouble'],
    [503, 'trouble'],
    [504, 'trouble'],
    [520, 'trouble'],
  ])('takes %i for %s', (status, failure) => {
    expect(failureForStatus(status)).toBe(failure);
  });
});

describe('buildStatusFailure', () => {
  const build = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    buildStatusFailure({
      provider: 'Novita',
      answer: { status, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) },
      now: Date.UTC(2026, 10, 21, 12, 0, 0),
    });

  it.each([
    [400, 'no'],
    [408, 'possibly'],
    [409, 'no'],
    [422, 'no'],
    [429, 'no'],
    [302, 'no'],
    [500, 'possibly'],
    [504, 'possibly'],
    [202, 'possibly'],
  ])('says of status %i that it was billed: %s', (status, billed) => {
    expect(build(status, '')).toMatchObject({ status, billed });
  });

  it.each([
    ['20', 20_000],
    ['Sat, 21 Nov 2026 12:01:00 GMT', 60_000],
  ])('passes on Retry-After %s', (value, retryAfterMs) => {
    const error = build(429, '', { 'retry-after': value });
    expect(error).toMatchObject({ retryAfterMs, failure: 'rate-limited' });
    expect(error.sentence).toEqual({
      key: 'provider-rate-limited',
      values: { provider: 'Novita', seconds: retryAfterMs / 1000 },
    });
  });

  it('lets the vendor know better', () => {
    const answer = { status: 412, headers: {}, body: Buffer.alloc(0) };
    expect(buildStatusFailure({ provider: 'Fireworks', answer, failure: 'money' }).failure).toBe('money');
  });

  it.each<[string, unknown, string[]]>([
    ['Novita', { code: 403, reason: 'NOT_ENOUGH_BALANCE', message: PROMPT }, ['code=403', 'reason=NOT_ENOUGH_BALANCE']],
    [
      'Fireworks',
      { error: { message: PROMPT, code: 'NOT_FOUND', param: 'model', type: null } },
      ['code=NOT_FOUND', 'param=model'],
    ],
    [
      'a 422',
      { detail: [{ loc: ['body', 'steps'], msg: PROMPT, type: 'value_error', input: PROMPT }] },
      ['type=value_error', 'loc=body.steps'],
    ],
    ['DeepInfra', { detail: { error: PROMPT, type: PROMPT } }, []],
    ['a sentence', { detail: PROMPT, error: PROMPT, code: PROMPT }, []],
    ['a list', [PROMPT], []],
    ['a page', `<html>${PROMPT}`, []],
    ['nothing', '', []],
  ])('keeps the codes of %s and none of its sentences', (_who, body, codes) => {
    const error = build(400, body);
    expect(error.detail).toEqual({ codes });
    expect(error.message + JSON.stringify(error.sentence)).not.toContain(PROMPT);
  });
});
