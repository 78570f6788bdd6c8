import { z } from 'zod';
import { formatSeconds, formatUsd } from '../src/discord/facts.ts';
import { defineCommand } from '../src/discord/handlers.ts';
import { offerName, SKETCH } from '../src/generation/choose-offer.ts';
import { medianOf, stateOf } from '../src/generation/circuit.ts';
import type { OfferRecord } from '../src/generation/offer-record.ts';
import { type Sentence, speak } from '../src/language/index.ts';
import type { OfferHealth } from '../src/store/health.ts';
import { describePlain } from './everywhere.ts';

/** /models: what can be asked for, who serves it, its price, how fast it is now, and what it can do. */
export const models = defineCommand({
  name: 'models',
  describe: () => describePlain('models'),
  input: z.object({}),
  ephemeral: () => true,
  async run({ locale }, { offers, store, now }) {
    const say = (sentence: Sentence) => speak(locale, sentence);
    const available = offers();
    const health = await store.health.all();
    const varies = available.some((offer) => offer.model !== SKETCH && offer.modes.includes('image-to-image'));
    const real = available.some((offer) => offer.model !== SKETCH);
    return {
      kind: 'reply',
      reply: {
        text: [`### ${say({ key: 'models-title' })}`, ...available.map((offer) => line(offer, healthOf(offer)))].join(
          '\n',
        ),
        small: [say({ key: 'models-sketch' }), ...(real && !varies ? [say({ key: 'models-more' })] : [])],
      },
    };

    function healthOf({ provider, model }: OfferRecord): OfferHealth | undefined {
      return health.find((entry) => entry.provider === provider && entry.model === model);
    }

    function line(offer: OfferRecord, state: OfferHealth | undefined): string {
      const median = medianOf(state?.latencies ?? []);
      const resting = state !== undefined && stateOf(state, now()) === 'open';
      const speed: Sentence = resting
        ? { key: 'models-resting' }
        : median === undefined
          ? { key: 'models-speed-unknown' }
          : { key: 'models-speed', values: { seconds: formatSeconds(median) } };
      return say({
        key: 'models-offer',
        values: {
          name: offerName(offer),
          provider: offer.providerLabel,
          price: say(priceOf(offer)),
          speed: say(speed),
          can: abilities(offer).map(say).join(', '),
        },
      });
    }
  },
});

function priceOf({ guidePriceMicroUsd = 0 }: OfferRecord): Sentence {
  if (guidePriceMicroUsd === 0) return { key: 'fact-free' };
  return { key: 'models-price', values: { price: formatUsd(guidePriceMicroUsd) } };
}

function abilities({ modes, seed, inferenceSteps, guidanceScale, negativePrompt }: OfferRecord): Sentence[] {
  return [
    // No command repaints a part yet.
    ...modes.filter((mode) => mode !== 'inpaint').map((mode) => ({ key: `can-${mode}` }) as const),
    ...(inferenceSteps === undefined ? [] : [{ key: 'can-steps', values: inferenceSteps } as const]),
    ...(seed === 'ours' ? [{ key: 'can-seed' } as const] : []),
    ...(guidanceScale === undefined ? [] : [{ key: 'can-guidance' } as const]),
    ...(negativePrompt ? [{ key: 'can-negative' } as const] : []),
  ];
}
