import { PermissionFlagsBits } from 'discord-api-types/v10';
import { z } from 'zod';
import { formatSeconds } from '../src/discord/facts.ts';
import { defineCommand } from '../src/discord/handlers.ts';
import { may } from '../src/discord/permissions.ts';
import { offerName } from '../src/generation/choose-offer.ts';
import { medianOf, stateOf } from '../src/generation/circuit.ts';
import { type Sentence, speak } from '../src/language/index.ts';
import { type OfferHealth, untried } from '../src/store/health.ts';
import { describePlain } from './everywhere.ts';

/** /status: how the providers are doing, and the queue. Who manages the server reads which setting to look at. */
export const status = defineCommand({
  name: 'status',
  describe: () => describePlain('status'),
  input: z.object({}),
  ephemeral: () => true,
  async run({ locale, guildId, memberPermissions }, { offers, store, variableOf, now }) {
    const say = (sentence: Sentence) => speak(locale, sentence);
    const manages = guildId !== undefined && may(memberPermissions, PermissionFlagsBits.ManageGuild);
    const health = await store.health.all();
    const { queued, running } = await store.generations.load();
    const lines = offers().map((offer) => {
      const state = health.find(({ provider, model }) => provider === offer.provider && model === offer.model);
      return say(describe(offerName(offer), state ?? untried(offer.provider, offer.model)));
    });
    return {
      kind: 'reply',
      reply: {
        text: [
          `### ${say({ key: 'status-title' })}`,
          say({ key: 'status-queue', values: { queued, running } }),
          ...lines,
        ].join('\n'),
      },
    };

    function describe(offer: string, state: OfferHealth): Sentence {
      const { provider, failure = '', openUntil, limitedUntil, latencies } = state;
      const time = now();
      const circuit = stateOf(state, time);
      const variable = circuit === 'closed' ? undefined : variableOf(provider, failure);
      if (variable !== undefined) {
        return manages
          ? { key: 'status-setup-variable', values: { offer, variable } }
          : { key: 'status-setup', values: { offer } };
      }
      if (circuit === 'open') return { key: 'status-down', values: { offer, until: relative(openUntil) } };
      if (circuit === 'half-open') return { key: 'status-trying', values: { offer } };
      if (limitedUntil > time) return { key: 'status-limited', values: { offer, until: relative(limitedUntil) } };
      const median = medianOf(latencies);
      const speed: Sentence =
        median === undefined
          ? { key: 'models-speed-unknown' }
          : { key: 'models-speed', values: { seconds: formatSeconds(median) } };
      return { key: 'status-fine', values: { offer, speed: say(speed) } };
    }
  },
});

/** Discord counts it down in the reader's language. */
function relative(time: number): string {
  return `<t:${Math.floor(time / 1_000)}:R>`;
}
