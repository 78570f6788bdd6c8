import type { Gateway } from '../gateway.ts';
import { presentApplication, presentGuild } from '../present-world.ts';
import { refuse } from '../refusal.ts';
import type { Route } from '../router.ts';
import { WORLD } from '../world.ts';

/** A bot may identify 1000 times a day (docs: Gateway, 2026-08). */
const MOST_IDENTIFIES = 1_000;

/** Who the bot is, and where its gateway and guild are. */
export function identityRoutes({ url, identifies }: Pick<Gateway, 'url' | 'identifies'>): Route[] {
  const application = () => ({ status: 200, body: presentApplication() });
  return [
    { method: 'GET', template: '/gateway', access: 'token', handle: () => ({ status: 200, body: { url } }) },
    {
      method: 'GET',
      template: '/gateway/bot',
      access: 'bot',
      handle: () => ({
        status: 200,
        body: {
          url,
          shards: 1,
          session_start_limit: {
            total: MOST_IDENTIFIES,
            remaining: Math.max(0, MOST_IDENTIFIES - identifies()),
            reset_after: 86_400_000,
            max_concurrency: 1,
          },
        },
      }),
    },
    {
      method: 'GET',
      template: '/users/@me',
      access: 'bot',
      handle: () => ({ status: 200, body: { ...WORLD.bot, verified: true, mfa_enabled: false, locale: 'en-US' } }),
    },
    { method: 'GET', template: '/applications/@me', access: 'bot', handle: application },
    { method: 'GET', template: '/oauth2/applications/@me', access: 'bot', handle: application },
    {
      method: 'GET',
      template: '/guilds/{guild_id}',
      access: 'bot',
      handle({ param }) {
        if (param('guild_id') !== WORLD.guild.id) throw refuse('unknownGuild');
        return { status: 200, body: presentGuild() };
      },
    },
  ];
}
