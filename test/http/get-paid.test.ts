import { describe, expect, it, onTestFinished } from 'vitest';
import { createAgent } from '../../src/http/agent.ts';
import { getPaid, type PaidGet } from '../../src/http/get-paid.ts';
import { type Fault, startStandIn } from '../support/stand-ins/stand-in.ts';

/** A vendor that fails so often, one way after the other, and then answers. */
async function world(...faults: Fault[]) {
  const standIn = await startStandIn({ handle: () => ({ body: 'a picture' }) });
  const dispatcher = createAgent();
  onTestFinished(async () => {
    await standIn.close();
    await dispatcher.destroy();
  });
  for (const fault of faults) standIn.failNext(fault);
  const get = (changes: Partial<PaidGet> = {}) =>
    getPaid({
      provider: 'Novita',
      url: `${standIn.url}/picture`,
      signal: new AbortController().signal,
      dispatcher,
      backOffMs: [0, 0],
      ...changes,
    });
  return { standIn, get };
}

const status = (code: number, headers: Record<string, string> = {}) =>
  ({ kind: 'status', status: code, headers }) as const;

describe('what may pass', () => {
  it.each<Fault>(['reset', 'cut-body', 'stall-in-body', ...[408, 429, 500, 502, 503, 504].map((code) => status(code))])(
    'is tried again after %j',
    async (fault) => {
      const { standIn, get } = await world(fault, fault);
      expect(String((await get({ idleMs: 300 })).body)).toBe('a picture');
      expect(standIn.requests).toHaveLength(3);
    },
  );

  it('is given up after three tries, as the last one ended', async () => {
    const { standIn, get } = await world('reset', status(503), status(500));
    expect((await get()).status).toBe(500);
    expect(standIn.requests).toHaveLength(3);
    const { get: getAgain } = await world('cut-body', 'cut-body', 'reset');
    await expect(getAgain()).rejects.toMatchObject({ failure: 'network', billed: 'possibly' });
  });

  it('is not waited for longer than the deadline', async () => {
    const { standIn, get } = await world(status(503));
    expect((await get({ backOffMs: [60_000], deadlineMs: 10_000 })).status).toBe(503);
    expect(standIn.requests).toHaveLength(1);
  });

  it('is not waited for where the vendor asks for a long pause', async () => {
    const { standIn, get } = await world(status(429, { 'retry-after': '11' }));
    expect((await get()).status).toBe(429);
    expect(standIn.requests).toHaveLength(1);
  });

  it('is not tried again once nobody wants it', async () => {
    const { standIn, get } = await world(status(503));
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const got = get({ backOffMs: [60_000], signal: stop.signal });
    await (await standIn.nextRequest()).delivered;
    stop.abort(reason);
    await expect(got).rejects.toBe(reason);
    expect(standIn.requests).toHaveLength(1);
  });
});

it.each([200, 204, 302, 400, 401, 403, 404, 410])('takes status %i for an answer', async (code) => {
  const { standIn, get } = await world(status(code));
  expect((await get()).status).toBe(code);
  expect(standIn.requests).toHaveLength(1);
});

it('does not read a body that is too long a second time', async () => {
  const { standIn, get } = await world('oversized-body');
  await expect(get({ maxBytes: 100_000 })).rejects.toMatchObject({ failure: 'unreadable', billed: 'possibly' });
  expect(standIn.requests).toHaveLength(1);
});

it('does not begin again when its time is over', async () => {
  const { standIn, get } = await world('hang-before-headers');
  await expect(get({ deadlineMs: 500 })).rejects.toMatchObject({ failure: 'timeout', billed: 'possibly' });
  expect(standIn.requests).toHaveLength(1);
});
