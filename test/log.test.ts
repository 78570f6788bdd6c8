import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { DiscordAPIError, HTTPError } from 'discord.js';
import { Routes } from 'discord-api-types/v10';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createInteractionRest } from '../src/discord/rest.ts';
import { InvalidInputError } from '../src/errors.ts';
import { createLog, describeError, warnWhile } from '../src/log.ts';
import { startLocalDiscord } from './support/local-discord.ts';
import { createLogBook } from './support/log-book.ts';
import { openPglite } from './support/stores.ts';

const TOKEN = `aW50ZXJhY3Rpb246${randomBytes(12).toString('hex')}`;
const PROMPT = 'the harbour of my childhood\nat dusk, in the rain';
const SECRET = new RegExp(`${TOKEN}|harbour|at dusk|https?:|webhooks`);

async function errorOf(work: Promise<unknown> | (() => unknown)): Promise<Error> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it was expected to fail');
}

/** Edits an interaction's answer, as the bot does, against an API that refuses it. */
function edit(apiUrl: string): Promise<unknown> {
  const rest = createInteractionRest({ apiUrl });
  return rest.patch(Routes.webhookMessage('1180000000000000001', TOKEN), { auth: false, body: { content: PROMPT } });
}

async function serve(status: number): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end('<html>no</html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/api`;
}

describe('describeError', () => {
  it('tells name, message and frames of an error of ours', () => {
    const described = describeError(new RangeError('no offer painted this'));
    expect(described).toMatchObject({ name: 'RangeError', message: 'no offer painted this' });
    expect(described.stack).toMatch(/^ +at .*log\.test\.ts/);
    expect(describeError(new InvalidInputError('empty prompt', { sentence: { key: 'prompt-empty' } }))).toMatchObject({
      name: 'InvalidInputError',
    });
  });

  it.each([undefined, null, 'a fox', 7, { prompt: 'a fox' }])('tells only the type of %j', (thrown) => {
    expect(describeError(thrown)).toEqual({ message: typeof thrown });
  });

  it('tells code and status of what Discord refused, and nothing else', async () => {
    const error = await errorOf(edit((await startLocalDiscord()).apiUrl));
    expect(error).toBeInstanceOf(DiscordAPIError);
    expect(JSON.stringify(error)).toContain(TOKEN);
    const described = describeError(error);
    expect(described).toMatchObject({ status: expect.any(Number), code: expect.any(Number) });
    expect(JSON.stringify(described)).not.toMatch(SECRET);
  });

  it('tells the status of what was no answer of Discord’s', async () => {
    const error = await errorOf(edit(await serve(502)));
    expect(error).toBeInstanceOf(HTTPError);
    expect(describeError(error)).toMatchObject({ name: expect.stringContaining('HTTPError'), status: 502 });
    expect(JSON.stringify(describeError(error))).not.toMatch(SECRET);
  });

  it('tells the code of a connection that was refused', async () => {
    const apiUrl = await serve(200);
    const { port } = new URL(apiUrl);
    // Nobody listens on a port that was just given back.
    const refused = errorOf(
      new Promise((_resolve, reject) => connect({ port: Number(port), host: '127.0.0.2' }).on('error', reject)),
    );
    expect(describeError(await refused)).toMatchObject({ code: 'ECONNREFUSED' });
    expect(JSON.stringify(describeError(await errorOf(edit(apiUrl.replace('127.0.0.1', '127.0.0.2')))))).not.toMatch(
      SECRET,
    );
  });

  it.each([
    ['an address that is none', () => new URL(`/webhooks/${TOKEN}`)],
    [
      'a route in a message',
      () => Promise.reject(new Error(`PATCH /webhooks/1/${TOKEN}/messages/@original timed out`)),
    ],
    ['a callback in a message', () => Promise.reject(new Error(`POST /interactions/1/${TOKEN}/callback timed out`))],
  ])('leaves out %s', async (_what, fail) => {
    expect(JSON.stringify(describeError(await errorOf(fail)))).not.toMatch(SECRET);
  });

  it('leaves out the values of a statement that SQLite refused', async () => {
    const database = new DatabaseSync(':memory:');
    onTestFinished(() => database.close());
    database.exec(`create table prompts (prompt text primary key)`);
    const insert = database.prepare('insert into prompts values (?)');
    insert.run(PROMPT);
    for (const fail of [() => insert.run(PROMPT), () => database.exec(`select '${PROMPT}' from ${TOKEN}`)]) {
      const described = describeError(await errorOf(fail));
      expect(described).toMatchObject({ code: 'ERR_SQLITE_ERROR' });
      expect(JSON.stringify(described)).not.toMatch(SECRET);
    }
  });

  it('leaves out the values of a statement that PostgreSQL refused', async () => {
    const pglite = await openPglite();
    onTestFinished(() => pglite.close());
    await pglite.exec('create table prompts (prompt text primary key, number bigint)');
    await pglite.query('insert into prompts values ($1, 1)', [PROMPT]);
    for (const [statement, code] of [
      ['insert into prompts values ($1, 1)', '23505'],
      ['select $1::text::bigint', '22P02'],
    ] as const) {
      const error = await errorOf(pglite.query(statement, [PROMPT]));
      expect(`${error.message}${JSON.stringify(error)}`).toContain('harbour');
      expect(describeError(error)).toMatchObject({ code });
      expect(JSON.stringify(describeError(error))).not.toMatch(SECRET);
    }
  });
});

describe('the log', () => {
  function openLog(level = 'info') {
    const lines: string[] = [];
    return { lines, log: createLog(level, { write: (line) => void lines.push(line) }) };
  }

  it('writes a line of JSON for each entry', () => {
    const { lines, log } = openLog();
    log.child({ interaction: '1' }).info({ outcome: 'replied' }, 'interaction');
    log.debug('not at this level');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 30,
      interaction: '1',
      outcome: 'replied',
      msg: 'interaction',
    });
  });

  it.each([
    { token: TOKEN },
    { prompt: PROMPT },
    { authorization: `Bot ${TOKEN}` },
    { request: { prompt: PROMPT } },
    { headers: { authorization: `Bot ${TOKEN}` } },
    { options: { apiKey: TOKEN } },
    { err: { url: `https://discord.com/api/webhooks/1/${TOKEN}`, requestBody: { json: { content: PROMPT } } } },
  ])('keeps what slipped in to itself: %o', (entry) => {
    const { lines, log } = openLog();
    log.info(entry, 'something happened');
    expect(lines[0]).toContain('[redacted]');
    expect(lines[0]).not.toMatch(SECRET);
  });
});

it('says what is waited for, until it is there', async () => {
  const book = createLogBook();
  const options = { log: createLog('info', book), message: 'Discord has not answered yet', everyMs: 1 };
  const { promise, resolve } = Promise.withResolvers<string>();
  const work = warnWhile(options, promise);
  await book.find({ msg: 'Discord has not answered yet' });
  resolve('there it is');
  expect(await work).toBe('there it is');
  const said = book.lines.length;
  await expect(warnWhile(options, Promise.reject(new Error('no')))).rejects.toThrow('no');
  await delay(20);
  expect(book.lines).toHaveLength(said);
});
