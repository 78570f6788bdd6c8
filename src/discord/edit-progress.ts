import type { REST } from 'discord.js';
import { Routes } from 'discord-api-types/v10';
import type { Generation } from '../generation/record.ts';
import { type Sentence, speak } from '../language/index.ts';
import { buildCustomId } from './custom-id.ts';
import { isGone, TOKEN_LIFE_MS } from './deliver.ts';
import { formatUsd } from './facts.ts';
import { buildMessage } from './reply.ts';

/** What a member who waits is told. */
export type Progress =
  | { readonly kind: 'waiting'; readonly before: number; readonly seconds?: number }
  /** It is tried again after that. */
  | { readonly kind: 'pausing'; readonly seconds: number }
  | { readonly kind: 'painting'; readonly provider: string; readonly seconds: number }
  /** The last that a private message can say: nobody but the token may edit it. */
  | { readonly kind: 'late' }
  | ({ readonly kind: 'price'; readonly provider: string } & Price)
  /** `other` brought nothing. */
  | {
      readonly kind: 'instead';
      readonly provider: string;
      readonly other: string;
      readonly because: 'slow' | 'busy' | 'failed';
      readonly price?: Price | undefined;
    };

/** Of so many pictures together. */
export interface Price {
  readonly count: number;
  readonly priceMicroUsd: number;
}

/** An edit that takes longer is given up; the result waits no longer than this for it. */
export const EDIT_WITHIN_MS = 3_000;

interface EditProgressOptions {
  /** For interaction tokens. */
  rest: REST;
  openToken: (sealed: string) => string | undefined;
  now: () => number;
}

/**
 * Edits the waiting message of a generation. A hint, not a promise: it never throws. `false`: there is nothing to edit,
 * and will not be; each further try would count among Discord's invalid requests.
 */
export function createProgressEditor({ rest, openToken, now }: EditProgressOptions) {
  return async (
    { id, applicationId, sealedToken, createdAt, locale }: Generation,
    progress: Progress,
    withinMs: number = EDIT_WITHIN_MS,
  ): Promise<boolean> => {
    const token = sealedToken === undefined ? undefined : openToken(sealedToken);
    if (token === undefined || now() - createdAt >= TOKEN_LIFE_MS) return false;
    const { body } = buildMessage({
      text: speak(locale, sentenceOf(progress)),
      buttons: [
        [
          {
            label: speak(locale, { key: 'button-cancel' }),
            customId: buildCustomId({ family: 'job', action: 'cancel', generationId: id }),
          },
        ],
      ],
    });
    try {
      await rest.patch(Routes.webhookMessage(applicationId, token), {
        auth: false,
        body,
        signal: AbortSignal.timeout(withinMs),
      });
      return true;
    } catch (error) {
      // The member may have deleted the message, or Discord is slow: the result finds its own way.
      return !isGone(error);
    }
  };
}

function sentenceOf(progress: Progress): Sentence {
  if (progress.kind === 'painting') {
    const { provider, seconds } = progress;
    return { key: 'painting-elapsed', values: { provider, seconds } };
  }
  if (progress.kind === 'late') return { key: 'will-wait-in-recent' };
  if (progress.kind === 'pausing') return { key: 'waiting-again', values: { seconds: progress.seconds } };
  if (progress.kind === 'price') {
    const { provider, count, priceMicroUsd } = progress;
    return { key: 'painting-price', values: { provider, count, price: formatUsd(priceMicroUsd) } };
  }
  if (progress.kind === 'instead') {
    const { provider, other, because, price } = progress;
    const costing = price === undefined ? {} : { count: price.count, price: formatUsd(price.priceMicroUsd) };
    return { key: `painting-instead-${because}`, values: { provider, other, ...costing } };
  }
  const { before, seconds } = progress;
  const about = seconds === undefined ? {} : { seconds };
  return before === 0
    ? { key: 'waiting-next', values: about }
    : { key: 'waiting-position', values: { before, ...about } };
}
