import { DiscordAPIError, type REST } from 'discord.js';
import { MessageFlags, RESTJSONErrorCodes, Routes } from 'discord-api-types/v10';
import { z } from 'zod';
import type { OfferRecord } from '../generation/offer-record.ts';
import type { Generation } from '../generation/record.ts';
import { currentHold } from '../http/bytes-in-flight.ts';
import { speak } from '../language/index.ts';
import type { Store } from '../store/open-store.ts';
import { isAlreadyGone } from './delete-message.ts';
import { isRefusal } from './is-refusal.ts';
import { AnswerLostError, postOnce } from './post-once.ts';
import { presentFailure, presentResult } from './present.ts';
import { buildMessage, type Reply } from './reply.ts';
import { codeOf, type Message, sendFitting } from './send-fitting.ts';

/** Tokens live 15 minutes from the interaction on; the last one is left for the way there. */
export const TOKEN_LIFE_MS = 14 * 60_000;
/** What anyone may upload; the invoker's own limit does not hold for the bot's messages. Source: Discord docs, 2025-01. */
const BOT_FILE_LIMIT = 10 * 1024 * 1024;

const { UnknownChannel, UnknownMessage, MaximumNumberOfEditsToMessagesOlderThanOneHourReached } = RESTJSONErrorCodes;
const NOT_ALLOWED = new Set<number>([
  RESTJSONErrorCodes.MissingAccess,
  RESTJSONErrorCodes.MissingPermissions,
  RESTJSONErrorCodes.ThreadLocked,
  RESTJSONErrorCodes.InvalidActionOnArchivedThread,
  RESTJSONErrorCodes.CannotSendMessagesToThisUser,
  RESTJSONErrorCodes.CannotSendMessagesToThisUserDueToHavingNoMutualGuilds,
]);
const CANNOT_REPLY = new Set<number>([
  RESTJSONErrorCodes.CannotReplyWithoutPermissionToReadMessageHistory,
  RESTJSONErrorCodes.InvalidFormBodyOrContentType,
]);

export type Delivery =
  /** The member sees it. */
  | { readonly kind: 'delivered'; readonly messageId: string; readonly route: 'token' | 'bot'; readonly bytes: number }
  /** Discord is in trouble: the same again later. */
  | { readonly kind: 'later'; readonly reason: string }
  /** There is nowhere left to show it; it waits in the store for its member, unless they deleted it. */
  | { readonly kind: 'nowhere'; readonly reason: string };

const DELETED: Delivery = { kind: 'nowhere', reason: 'deleted by its member' };

type Pictures = readonly { readonly index: number; readonly bytes: Buffer }[];

interface DeliverOptions {
  /** For interaction tokens. */
  interactionRest: REST;
  /** For follow-ups; see `createOnceRest`. */
  onceRest: REST;
  /** With the bot token. */
  botRest: REST;
  store: Pick<Store, 'generations' | 'images'>;
  offers: () => readonly OfferRecord[];
  openToken: (sealed: string) => string | undefined;
  now: () => number;
}

/**
 * Shows a settled generation to its member: as the answer to their interaction while its token lives, then, unless
 * it is private, by the bot token as an edit of the same message, else as a new one. Safe to repeat: the edit is
 * idempotent, the new message carries a nonce. What its member deleted is shown nowhere; where its message still
 * stands, that says so.
 */
export function createDelivery({ interactionRest, onceRest, botRest, store, offers, openToken, now }: DeliverOptions) {
  async function presentFor(generation: Generation, pictures: Pictures | undefined): Promise<Reply> {
    const { locale, painted, failure, outcome, erased } = generation;
    if (outcome === 'done' && painted !== undefined) {
      const kept = erased ? [] : (pictures ?? (await readKept(generation.id)));
      if (kept.length > 0) return presentResult(generation, painted, kept, offers());
      return { text: speak(locale, { key: 'result-gone' }) };
    }
    return presentFailure(
      generation,
      failure ?? { code: 'failed', sentence: { key: 'something-wrong', values: { reference: generation.id } } },
    );
  }

  async function readKept(id: string): Promise<Pictures> {
    const known = await store.images.list(id, 'output');
    const bytes = known.reduce((sum, { byteLength }) => sum + byteLength, 0);
    // Memory is bounded: these wait for room as a vendor's answer does.
    if (known.length > 0) await currentHold()?.take(Math.ceil(bytes / known.length));
    return store.images.read(id, 'output');
  }

  return async (generation: Generation, pictures?: Pictures): Promise<Delivery> => {
    const delivery = await show(generation, pictures);
    if (delivery.kind !== 'delivered' || generation.erased || !(await isErased(generation))) return delivery;
    return takeBack(generation, delivery);
  };

  async function show(generation: Generation, pictures: Pictures | undefined): Promise<Delivery> {
    const reply = await presentFor(generation, pictures);
    const token = tokenOf(generation);
    if (token !== undefined && isYoung(generation)) {
      const webhook = Routes.webhookMessage(generation.applicationId, token);
      const edit = ({ body, files }: Message) =>
        interactionRest.patch(webhook, { auth: false, body: { ...body, content: null, embeds: [] }, files });
      try {
        return {
          kind: 'delivered',
          ...(await sendFitting(reply, generation.attachmentSizeLimit, edit)),
          route: 'token',
        };
      } catch (error) {
        const code = codeOf(error);
        if (code === UnknownMessage) return postAnew(generation, token, reply);
        if (!isGone(error)) {
          const said = await sayItWaits(generation, reply, error, edit);
          // What stands there would stay for ever. Once the token is dead, the bot token may be allowed to edit it.
          return said ?? { kind: 'later', reason: reasonOf(error) };
        }
      }
    }
    if (generation.ephemeral) {
      // Another process may be able to: whoever shares a database shares the bot's token.
      return token === undefined && generation.sealedToken !== undefined && isYoung(generation)
        ? { kind: 'later', reason: 'its token was sealed with another DISCORD_TOKEN' }
        : { kind: 'nowhere', reason: 'private, and its token is gone' };
    }
    return byBot(generation, reply);
  }

  function tokenOf({ sealedToken }: Generation): string | undefined {
    return sealedToken === undefined ? undefined : openToken(sealedToken);
  }

  function isYoung({ createdAt }: Generation): boolean {
    return now() - createdAt < TOKEN_LIFE_MS;
  }

  /** Discord can hold a delivery up for long, and its member delete it from /recent meanwhile. */
  async function isErased({ id, erased }: Generation): Promise<boolean> {
    return erased || (await store.generations.find(id))?.erased === true;
  }

  /** Deleted while Discord was taking it. */
  async function takeBack(
    generation: Generation,
    { messageId, route }: Extract<Delivery, { kind: 'delivered' }>,
  ): Promise<Delivery> {
    const { applicationId, channelId } = generation;
    try {
      if (route === 'bot') await botRest.delete(Routes.channelMessage(channelId, messageId));
      else {
        const token = tokenOf(generation) ?? '';
        await interactionRest.delete(Routes.webhookMessage(applicationId, token, messageId), { auth: false });
      }
    } catch (error) {
      if (!isAlreadyGone(error)) return settle(error);
    }
    return DELETED;
  }

  /**
   * The waiting message was deleted. Posting with the bot token can be repeated without doubling, a follow-up cannot:
   * that one is for private results, and for where the bot may not post. If its answer is lost, `/recent` has them.
   */
  async function postAnew(generation: Generation, token: string, reply: Reply): Promise<Delivery> {
    if (await isErased(generation)) return DELETED;
    const posted = generation.ephemeral ? undefined : await byBot(generation, reply);
    return posted === undefined || posted.kind === 'nowhere' ? followUp(generation, token, reply) : posted;
  }

  async function followUp(generation: Generation, token: string, reply: Reply): Promise<Delivery> {
    const { applicationId, attachmentSizeLimit, ephemeral } = generation;
    const post = ({ body, files }: Message) =>
      postOnce(() =>
        onceRest.post(Routes.webhook(applicationId, token), {
          auth: false,
          body: ephemeral ? { ...body, flags: body.flags | MessageFlags.Ephemeral } : body,
          files,
        }),
      );
    try {
      return { kind: 'delivered', ...(await sendFitting(reply, attachmentSizeLimit, post)), route: 'token' };
    } catch (error) {
      return (await sayItWaits(generation, reply, error, post)) ?? settle(error);
    }
  }

  async function byBot(generation: Generation, reply: Reply): Promise<Delivery> {
    const { id, channelId, messageId, userId } = generation;
    const limit = Math.min(BOT_FILE_LIMIT, generation.attachmentSizeLimit);
    const edit =
      messageId === undefined
        ? undefined
        : ({ body, files }: Message) =>
            botRest.patch(Routes.channelMessage(channelId, messageId), {
              body: { ...body, content: null, embeds: [] },
              files,
            });
    /** There is a message, and it can be edited: its member is looking at it. */
    let isThere = false;
    if (edit !== undefined) {
      try {
        return { kind: 'delivered', ...(await sendFitting(reply, limit, edit)), route: 'bot' };
      } catch (error) {
        const code = codeOf(error);
        isThere =
          code !== UnknownMessage &&
          code !== MaximumNumberOfEditsToMessagesOlderThanOneHourReached &&
          code !== UnknownChannel;
        // A deferred answer that was never filled in, or one too old to edit often: a new message says it.
        if (isThere && !NOT_ALLOWED.has(code)) return refuse(error);
        if (code === UnknownChannel) return settle(error);
      }
    }
    if (await isErased(generation)) return DELETED;
    const post = (reference: object) =>
      sendFitting(
        { ...reply, text: `<@${userId}> ${reply.text ?? ''}`.trim(), notify: userId },
        limit,
        ({ body, files }) =>
          botRest.post(Routes.channelMessages(channelId), {
            body: { ...body, ...reference, nonce: id, enforce_nonce: true },
            files,
          }),
      );
    const reference =
      messageId === undefined ? {} : { message_reference: { message_id: messageId, fail_if_not_exists: false } };
    try {
      try {
        return { kind: 'delivered', ...(await post(reference)), route: 'bot' };
      } catch (error) {
        if (messageId === undefined || !CANNOT_REPLY.has(codeOf(error))) throw error;
        return { kind: 'delivered', ...(await post({})), route: 'bot' };
      }
    } catch (error) {
      return refuse(error);
    }

    async function refuse(error: unknown): Promise<Delivery> {
      const said = edit === undefined || !isThere ? undefined : await sayItWaits(generation, reply, error, edit);
      return said ?? settle(error);
    }
  }

  /**
   * Discord refused the pictures for good. While a route still answers, their member reads so once, instead of waiting
   * for ever; with none of the words or files that it may have objected to. `undefined`: even that was refused.
   */
  async function sayItWaits(
    { locale }: Generation,
    { pictures = [] }: Reply,
    error: unknown,
    request: (message: Message) => Promise<unknown>,
  ): Promise<Delivery | undefined> {
    const refusal = settle(error);
    // Where the answer was lost, the pictures may be there.
    if (refusal.kind === 'later' || error instanceof AnswerLostError) return refusal;
    if (pictures.length === 0) return undefined;
    try {
      await request(buildMessage({ text: speak(locale, { key: 'waits-in-recent' }) }));
      return refusal;
    } catch (again) {
      const told = settle(again);
      return told.kind === 'later' ? told : undefined;
    }
  }

  /**
   * What Discord refused is refused for good on this route, and what may have been done is not repeated; all else may
   * pass. Throws errors of our own.
   */
  function settle(error: unknown): Exclude<Delivery, { kind: 'delivered' }> {
    if (isRefusal(error) || error instanceof AnswerLostError) return { kind: 'nowhere', reason: reasonOf(error) };
    if (error instanceof z.ZodError || error instanceof RangeError || error instanceof TypeError) throw error;
    return { kind: 'later', reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DiscordAPIError) return `Discord ${error.status} ${error.code ?? 'without a code'}`;
  return error instanceof Error ? error.name : 'unknown';
}

/** The message is, or its token, or its channel. */
export function isGone(error: unknown): boolean {
  return error instanceof DiscordAPIError && (error.status === 404 || error.status === 401);
}
