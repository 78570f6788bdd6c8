import { expect, it } from 'vitest';
import { createBotRest } from '../src/discord/rest.ts';
import { explainFailure } from '../src/explain-failure.ts';

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

it('shows what nothing is known of', () => {
  const [what, more] = explainFailure(new RangeError('a surprise'), WHAT);
  expect(what).toBe(WHAT);
  expect(more).toContain('a surprise');
});
