import { expect, it } from 'vitest';
import { createBotRest } from '../src/discord/rest.ts';
import { explainFailure } from '../src/explain-failure.ts';
import { startLocalDiscord } from './support/local-discord.ts';

const WHAT = 'Easel could not start.';

it.each(['ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT'])(
  'says in one line that a host cannot be reached: %s',
  (code) => {
    const lines = explainFailure(Object.assign(new Error('connect'), { code }), WHAT);
    expect(lines).toEqual([
      `A host is unknown or does not answer (${code}). Check the network of this machine, and DISCORD_API_URL where it is set.`,
    ]);
  },
);

it('says the same of a Discord where nobody listens', async () => {
  const rest = createBotRest({ apiUrl: 'http://127.0.0.1:1/api', token: 'a.b.c' });
  const error = await rest.get('/users/@me').catch((reason: unknown) => reason);
  expect(explainFailure(error, WHAT)).toEqual([expect.stringMatching(/^A host .*\(ECONNREFUSED\)\. Check .*\.$/)]);
});

it('says so of one that never answers', () => {
  const [line] = explainFailure(new DOMException('This operation was aborted', 'AbortError'), WHAT);
  expect(line).toMatch(/^A host .*\(no answer in time\)\. Check .*DISCORD_API_URL/);
});

it('names the setting where there is no API at its address', async () => {
  const { apiUrl, token } = await startLocalDiscord();
  const rest = createBotRest({ apiUrl: `${apiUrl}/v10`, token });
  const error = await rest.get('/applications/@me').catch((reason: unknown) => reason);
  expect(explainFailure(error, WHAT)).toEqual([expect.stringMatching(/^DISCORD_API_URL: .* without the version: /)]);
});

it('shows what nothing is known of', () => {
  const [what, more] = explainFailure(new RangeError('a surprise'), WHAT);
  expect(what).toBe(WHAT);
  expect(more).toContain('a surprise');
});
