import { setTimeout as delay } from 'node:timers/promises';
import { DiscordAPIError, type RawFile, type REST } from 'discord.js';
import { RESTJSONErrorCodes, Routes } from 'discord-api-types/v10';
import { z } from 'zod';
import { buildCustomId } from './custom-id.ts';
import { isRefusal } from './is-refusal.ts';

/** Discord's three seconds less the way there and back. */
const ACKNOWLEDGE_WITHIN_MS = 2_500;

const MOST_TRIES = 5;
const PAUSE_MS = 50;

/**
 * `accepted`: Discord took it. `refused`: too late, nobody waits for an answer any more. `elsewhere`: it had been
 * answered before, not by us. `unclear`: Discord has not said that it took it, or not as which message.
 */
export type Acknowledgement =
  | { readonly kind: 'accepted'; readonly messageId?: string }
  | { readonly kind: 'refused' | 'elsewhere' | 'unclear' };

const callbackAnswer = z.looseObject({
  interaction: z.looseObject({ response_message_id: z.string().optional() }).optional(),
});

/**
 * Gives the first answer to an interaction, trying again inside the three seconds when the connection or Discord
 * fails; `rest` must not try again by itself. Throws `DiscordAPIError` when Discord refuses the answer for any other
 * reason than those of an `Acknowledgement`.
 */
export async function acknowledge(
  rest: REST,
  { id, token }: { id: string; token: string },
  body: { type: number; data?: object },
  files: RawFile[] = [],
): Promise<Acknowledgement> {
  const signal = AbortSignal.timeout(ACKNOWLEDGE_WITHIN_MS);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await rest.post(Routes.interactionCallback(id, token), {
        auth: false,
        body,
        files,
        query: new URLSearchParams({ with_response: 'true' }),
        signal,
      });
      const messageId = callbackAnswer.safeParse(answer).data?.interaction?.response_message_id;
      return messageId === undefined ? { kind: 'accepted' } : { kind: 'accepted', messageId };
    } catch (error) {
      if (isRefusal(error)) {
        if (error.code === RESTJSONErrorCodes.UnknownInteraction) return { kind: 'refused' };
        // After a lost answer of ours it was our own earlier try that Discord took, and the message is yet to be learnt.
        if (error.code === RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged)
          return { kind: attempt === 1 ? 'elsewhere' : 'unclear' };
        throw error;
      }
      if (signal.aborted || attempt === MOST_TRIES) return { kind: 'unclear' };
      await delay(attempt * PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }
}

/**
 * `yes`: it did, and nothing has been said there since but that it is waited for. `too-late`: the interaction's token is
 * dead, so Discord says no more of it.
 */
export type Probe = { readonly kind: 'yes'; readonly messageId: string } | { readonly kind: 'no' | 'too-late' };

/** An answer in its first words: none, or those that a request is waited for with. */
const firstAnswer = z.looseObject({ id: z.string(), components: z.array(z.unknown()).catch([]) });

/**
 * After an unclear acknowledgement or a crash: did Discord take it, and does its member still wait? Throws when Discord
 * does not say: `DiscordAPIError` where it refuses to, otherwise what kept it from answering.
 */
export async function wasAcknowledged(
  rest: REST,
  { id, applicationId, token }: { id: string; applicationId: string; token: string },
): Promise<Probe> {
  try {
    const message = await rest.get(Routes.webhookMessage(applicationId, token), { auth: false });
    const { id: messageId, components } = firstAnswer.parse(message);
    const cancel = buildCustomId({ family: 'job', action: 'cancel', generationId: id });
    // Its member has read how it ended: that it failed, for one.
    if (components.length > 0 && !JSON.stringify(components).includes(cancel)) return { kind: 'no' };
    return { kind: 'yes', messageId };
  } catch (error) {
    if (error instanceof DiscordAPIError && error.status === 401) return { kind: 'too-late' };
    if (isRefusal(error) && error.status === 404) return { kind: 'no' };
    throw error;
  }
}
