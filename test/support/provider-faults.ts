import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProviderFailedError } from '../../src/errors.ts';
import type { ImageProvider, ProviderRequest } from '../../src/generation/provider.ts';
import { readPictureSize } from '../../src/pixels/picture-size.ts';
import { NOBODY } from './nobody.ts';
import type { Fault, StandIn } from './stand-ins/stand-in.ts';

export const API_KEY = 'key-7Qx-never-in-logs';
export const PROMPT = 'a lighthouse nobody may read about';

export type VendorStandIn = StandIn & { readonly billed: number };

export interface FaultWorld {
  /** Every test has a vendor of its own. */
  start(): Promise<VendorStandIn>;
  create(options: { baseUrl: string; deadlineMs?: number; idleMs?: number }): ImageProvider;
  /** Default: `buildRequest()`. */
  request?: ProviderRequest;
  /** Faults this vendor's answer has no place for. */
  without?: readonly Fault[];
  /** Whether this vendor may bill a call it answers with 5xx. Default: possibly. */
  billed5xx?: 'no' | 'possibly';
  /** The same of 422. Default: no. */
  billed422?: 'no' | 'possibly';
}

/** A request every vendor takes as it is. */
export function buildRequest(changes: Partial<ProviderRequest> = {}): ProviderRequest {
  return {
    model: 'flux-schnell',
    mode: 'text-to-image',
    prompt: PROMPT,
    aspect: '1:1',
    width: 1024,
    height: 1024,
    seed: 7,
    count: 1,
    ...changes,
  };
}

/** The error a call ends in. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.fail('the call succeeded'),
    (error: unknown) => error,
  );
}

/** Starts a vendor that is gone when the test is over. */
export async function useStandIn<Started extends StandIn>(started: Promise<Started>): Promise<Started> {
  const standIn = await started;
  onTestFinished(() => standIn.close());
  return standIn;
}

/** Every fault that can befall a call to any vendor, and what has to become of it. */
export function describeFaults(world: FaultWorld): void {
  const { create, request = buildRequest(), without = [], billed5xx = 'possibly', billed422 = 'no' } = world;
  const never = new AbortController().signal;

  async function failWith(fault: Fault, options: { deadlineMs?: number; idleMs?: number } = {}) {
    const standIn = await useStandIn(world.start());
    standIn.failNext(fault);
    const error = await failureOf(create({ baseUrl: standIn.url, ...options }).generate(request, { signal: never }));
    return { standIn, error };
  }

  describe('faults', () => {
    it.each([
      [400, 'invalid-request', false],
      [401, 'credentials', false],
      [402, 'money', false],
      [403, 'not-allowed', false],
      [404, 'wrong-address', false],
      [405, 'wrong-address', false],
      [408, 'trouble', true],
      [409, 'trouble', true],
      [413, 'invalid-request', false],
      [422, 'invalid-request', false],
      [423, 'trouble', true],
      [429, 'rate-limited', true],
      [500, 'trouble', true],
      [502, 'trouble', true],
      [503, 'trouble', true],
      [504, 'trouble', true],
      [520, 'trouble', true],
    ] as const)('reads a bare status %i as %s', async (status, failure, retryable) => {
      const { error } = await failWith({ kind: 'status', status });
      const billed = status >= 500 ? billed5xx : status === 422 ? billed422 : status === 408 ? 'possibly' : 'no';
      expect(error).toBeInstanceOf(ProviderFailedError);
      expect(error).toMatchObject({ failure, status, retryable, billed });
    });

    it.each([
      ['seconds', () => '17', 17_000],
      ['a date', () => new Date(Date.now() + 3_600_000).toUTCString(), expect.closeTo(3_600_000, -5)],
      ['neither', () => 'soon', undefined],
    ])('reads Retry-After as %s', async (_form, value, retryAfterMs) => {
      const { error } = await failWith({ kind: 'status', status: 429, headers: { 'retry-after': value() } });
      expect(error).toMatchObject({ failure: 'rate-limited', retryAfterMs });
    });

    it.each(
      (
        [
          ['hang-before-headers', 'timeout'],
          ['stall-in-body', 'timeout'],
          ['cut-body', 'unreadable'],
          ['invalid-json', 'unreadable'],
          ['html', 'unreadable'],
          ['oversized-body', 'unreadable'],
          ['empty-list', 'unreadable'],
          ['null-string', 'unreadable'],
          ['wrong-base64', 'unreadable'],
          ['not-an-image', 'unreadable'],
          ['one-pixel', 'unreadable'],
          ['reset', 'network'],
        ] as const
      ).filter(([fault]) => !without.includes(fault)),
    )('reads the fault %s as %s', async (fault, failure) => {
      const limits = {
        ...(fault === 'hang-before-headers' ? { deadlineMs: 500 } : {}),
        ...(fault === 'stall-in-body' ? { idleMs: 500 } : {}),
      };
      const { error } = await failWith(fault, limits);
      expect(error).toBeInstanceOf(ProviderFailedError);
      expect(error).toMatchObject({ failure, billed: 'possibly', retryable: true });
    });

    it('never follows a redirect', async () => {
      const { standIn, error } = await failWith('redirect-private');
      expect(error).toMatchObject({ failure: 'wrong-address', status: 307, billed: 'no' });
      expect(standIn.requests).toHaveLength(1);
    });

    it('hands over a picture of another size than it asked for', async () => {
      const standIn = await useStandIn(world.start());
      standIn.failNext('wrong-size');
      const { pictures } = await create({ baseUrl: standIn.url }).generate(request, { signal: never });
      expect(pictures.map(({ bytes }) => readPictureSize(bytes))).toEqual(
        Array(request.count).fill({ width: 512, height: 512 }),
      );
    });

    it('knows that nobody was asked when there is no connection', async () => {
      const error = await failureOf(create({ baseUrl: NOBODY }).generate(request, { signal: never }));
      expect(error).toMatchObject({ failure: 'network', billed: 'no', retryable: true });
    });

    it('stops with the reason of the signal', async () => {
      const standIn = await useStandIn(world.start());
      standIn.failNext('hang-before-headers');
      const controller = new AbortController();
      const asked = standIn.nextRequest();
      const ended = failureOf(create({ baseUrl: standIn.url }).generate(request, { signal: controller.signal }));
      const { delivered } = await asked;
      const reason = new Error('cancelled by its owner');
      controller.abort(reason);
      expect(await ended).toBe(reason);
      expect(await delivered).toBe(false);
    });

    it('sends nothing when it is aborted already', async () => {
      const standIn = await useStandIn(world.start());
      const reason = new Error('cancelled before');
      const signal = AbortSignal.abort(reason);
      expect(await failureOf(create({ baseUrl: standIn.url }).generate(request, { signal }))).toBe(reason);
      expect(standIn.requests).toHaveLength(0);
    });

    it('frees its connections when it is closed', async () => {
      const standIn = await useStandIn(world.start());
      const provider = create({ baseUrl: standIn.url });
      await provider.generate(request, { signal: never });
      await provider.close?.();
      const asked = standIn.requests.length;
      const error = await failureOf(provider.generate(request, { signal: never }));
      expect(error).toMatchObject({ failure: 'network', billed: 'no' });
      expect(standIn.requests).toHaveLength(asked);
    });

    it('keeps key and prompt out of its errors', async () => {
      const quoting = JSON.stringify({ error: { message: PROMPT }, detail: PROMPT, message: PROMPT, reason: PROMPT });
      const wrongAnswers: Fault[] = [
        ...[400, 401, 403, 422, 429, 500].map((status) => ({ kind: 'status' as const, status, body: quoting })),
        { kind: 'status', status: 200, body: quoting },
        { kind: 'status', status: 200, body: PROMPT },
      ];
      for (const fault of wrongAnswers) {
        const { error } = await failWith(fault);
        const shown = inspect(error, { depth: 10 });
        expect(shown).not.toContain(PROMPT);
        expect(shown).not.toContain(API_KEY);
      }
    });
  });
}
