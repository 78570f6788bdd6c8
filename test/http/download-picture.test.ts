import { type Dispatcher, MockAgent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { downloadPicture, type PictureDownload } from '../../src/http/download-picture.ts';
import { createPainter } from '../support/stand-ins/picture.ts';
import { type Fault, type StandInAnswer, startStandIn } from '../support/stand-ins/stand-in.ts';

const bytes = await createPainter('png')(64, 64, 1);
const picture = { bytes, mediaType: 'image/png' };

/** The vendor's own files, and a bucket on the internet that only this test can reach. */
async function world(fault?: Fault) {
  const standIn = await startStandIn({
    handle: ({ path }): StandInAnswer => {
      if (path === '/picture') return { headers: { 'content-type': 'application/octet-stream' }, body: bytes };
      if (path === '/hop') return { status: 302, headers: { location: '/picture' } };
      if (path === '/loop') return { status: 302, headers: { location: '/loop' } };
      return { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' };
    },
  });
  if (fault !== undefined) standIn.failAlways(fault);
  const internet = new MockAgent();
  internet.disableNetConnect();
  onTestFinished(async () => {
    await standIn.close();
    await internet.close();
  });
  const download = (url: string, changes: Partial<PictureDownload> = {}) =>
    downloadPicture({
      provider: 'Novita',
      url,
      allowedHosts: ['r2.dev'],
      ownOrigin: standIn.url,
      signal: new AbortController().signal,
      publicDispatcher: internet,
      backOffMs: [0, 0],
      ...changes,
    });
  return { standIn, internet, download };
}

const unreadable = { failure: 'unreadable', billed: 'possibly', provider: 'Novita' };

describe('from the configured origin', () => {
  it('reads the picture whatever type is claimed for it', async () => {
    const { standIn, download } = await world();
    expect(await download(`${standIn.url}/picture?signature=1`)).toEqual(picture);
    expect(standIn.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('follows a redirect to itself', async () => {
    const { standIn, download } = await world();
    expect(await download(`${standIn.url}/hop`)).toEqual(picture);
  });

  it('gives up on the third redirect', async () => {
    const { standIn, download } = await world();
    await expect(download(`${standIn.url}/loop`)).rejects.toMatchObject(unreadable);
    expect(standIn.requests).toHaveLength(3);
  });

  it('does not follow a redirect to another port of the same machine', async () => {
    const { standIn: other } = await world();
    const { standIn, download } = await world();
    standIn.failNext({ kind: 'status', status: 302, headers: { location: `${other.url}/picture` } });
    await expect(download(`${standIn.url}/picture`)).rejects.toMatchObject(unreadable);
    expect(other.requests).toHaveLength(0);
  });

  it.each<[Fault, Partial<PictureDownload>, object]>([
    ['redirect-private', {}, unreadable],
    ['html', {}, unreadable],
    ['cut-body', {}, unreadable],
    ['oversized-body', { maxBytes: 100_000 }, unreadable],
    ['stall-in-body', { idleMs: 300 }, { failure: 'timeout', billed: 'possibly' }],
    ['hang-before-headers', { deadlineMs: 500 }, { failure: 'timeout', billed: 'possibly' }],
    ['reset', {}, { failure: 'network', billed: 'possibly' }],
    [{ kind: 'status', status: 200, body: 'a text' }, {}, unreadable],
    [{ kind: 'status', status: 302 }, {}, { ...unreadable, status: 302 }],
    [{ kind: 'status', status: 403 }, {}, { ...unreadable, status: 403 }],
    [{ kind: 'status', status: 401 }, {}, { ...unreadable, status: 401 }],
    [{ kind: 'status', status: 404 }, {}, { ...unreadable, status: 404 }],
    [
      { kind: 'status', status: 429, headers: { 'retry-after': '60' } },
      {},
      { failure: 'rate-limited', billed: 'possibly', retryAfterMs: 60_000 },
    ],
    [{ kind: 'status', status: 503 }, {}, { failure: 'trouble', billed: 'possibly' }],
  ])('fails on %o with %o as the link deserves', async (fault, changes, expected) => {
    const { standIn, download } = await world(fault);
    await expect(download(`${standIn.url}/picture`, changes)).rejects.toMatchObject(expected);
  });

  it.each<[string, readonly Fault[]]>([
    ['a lost connection', ['reset', 'reset']],
    ['a cut body', ['cut-body']],
    [
      'a busy store',
      [
        { kind: 'status', status: 503 },
        { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
      ],
    ],
  ])('has the picture in spite of %s', async (_what, faults) => {
    const { standIn, download } = await world();
    for (const fault of faults) standIn.failNext(fault, ({ path }) => path === '/picture');
    expect(await download(`${standIn.url}/hop`)).toEqual(picture);
    expect(standIn.requests).toHaveLength(faults.length + 2);
  });

  it('throws the reason of an abort unwrapped', async () => {
    const { standIn, download } = await world('stall-in-body');
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const downloading = download(`${standIn.url}/picture`, { signal: controller.signal });
    await standIn.nextRequest();
    controller.abort(reason);
    await expect(downloading).rejects.toBe(reason);
  });
});

describe('from elsewhere', () => {
  const answer = (
    internet: MockAgent,
    origin: string,
    path: string,
    status: number,
    body: Buffer | string,
    headers = {},
  ) => internet.get(origin).intercept({ path }).reply(status, body, { headers });

  it.each(['https://r2.dev', 'https://bucket.r2.dev'])('reads from the allowed %s', async (origin) => {
    const { internet, download } = await world();
    answer(internet, origin, '/a?X-Amz-Signature=1', 200, bytes);
    expect(await download(`${origin}/a?X-Amz-Signature=1`)).toEqual(picture);
  });

  it('follows a redirect between allowed hosts', async () => {
    const { internet, download } = await world();
    answer(internet, 'https://one.r2.dev', '/a', 302, '', { location: 'https://two.r2.dev/b' });
    answer(internet, 'https://two.r2.dev', '/b', 200, bytes);
    expect(await download('https://one.r2.dev/a')).toEqual(picture);
  });

  it.each([
    'http://two.r2.dev/b',
    'https://169.254.169.254/',
    'https://example.com/',
    '//localhost/',
    'file:///etc/passwd',
  ])('does not follow a redirect to %s', async (location) => {
    const { internet, download } = await world();
    answer(internet, 'https://one.r2.dev', '/a', 302, '', { location });
    await expect(download('https://one.r2.dev/a')).rejects.toMatchObject({ ...unreadable, message: /not allowed/ });
  });

  it.each([
    'http://bucket.r2.dev/a',
    'https://bucket.r2.dev:8443/a',
    'https://user@bucket.r2.dev/a',
    'https://evilr2.dev/a',
    'https://r2.dev.example.com/a',
    'https://127.0.0.1/a',
    'https://[::1]/a',
    'https://0x7f.1/a',
    'data:image/png;base64,AAAA',
    'not a url',
  ])('never asks %s', async (url) => {
    const { internet, download } = await world();
    await expect(download(url)).rejects.toMatchObject(unreadable);
    expect(internet.pendingInterceptors()).toHaveLength(0);
  });

  it('refuses a private address even where its literal is on the list', async () => {
    const { download } = await world();
    await expect(download('https://10.0.0.1/a', { allowedHosts: ['10.0.0.1'] })).rejects.toMatchObject(unreadable);
  });

  it('does not connect to an allowed name that resolves to this machine', async () => {
    const { download } = await world();
    const publicDispatcher: Dispatcher | undefined = undefined;
    const downloading = download('https://localhost/a', { allowedHosts: ['localhost'], publicDispatcher });
    await expect(downloading).rejects.toMatchObject({
      failure: 'network',
      billed: 'possibly',
      cause: expect.objectContaining({ message: 'the name has no public address' }),
    });
  });
});
