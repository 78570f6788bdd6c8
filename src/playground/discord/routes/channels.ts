import { MessageFlags, MessageType } from 'discord-api-types/v10';
import { z } from 'zod';
import type { Interactions } from '../interactions.ts';
import type { Messages } from '../messages.ts';
import { parseBody, snowflake } from '../parse.ts';
import type { Permissions } from '../permissions.ts';
import type { Presenter } from '../present.ts';
import { presentChannel } from '../present-world.ts';
import type { StoredMessage } from '../records.ts';
import { refuse, refuseBody } from '../refusal.ts';
import type { ApiRequest, Route } from '../router.ts';
import { channelMessageBody, messageBody } from '../rules/message-body.ts';
import type { UrlSigner } from '../signed-urls.ts';
import { compareSnowflakes } from '../snowflake.ts';
import type { State } from '../state.ts';
import { WORLD } from '../world.ts';

/** How long a nonce is remembered ("the past few minutes", docs: Create Message, 2026-08). */
const NONCE_MS = 5 * 60_000;

interface ChannelRoutesOptions {
  state: State;
  messages: Messages;
  interactions: Interactions;
  permissions: Permissions;
  presenter: Presenter;
  signer: UrlSigner;
  now: () => number;
}

/** What the bot does with its own token: channels, messages, DMs, fresh URLs. */
export function channelRoutes({
  state,
  messages,
  interactions,
  permissions,
  presenter,
  signer,
  now,
}: ChannelRoutesOptions): Route[] {
  const show = (message: StoredMessage) => ({ status: 200, body: presenter.message(message) });

  /** Ephemeral messages cannot be reached with the bot token. */
  function findMessage(channelId: string, messageId: string): StoredMessage | undefined {
    const message = state.message(messageId);
    return message?.channelId === channelId && message.forUserId === undefined ? message : undefined;
  }

  function getMessage({ param }: ApiRequest): StoredMessage {
    const message = findMessage(param('channel_id'), param('message_id'));
    if (!message) throw refuse('unknownMessage');
    return message;
  }

  function findByNonce(channelId: string, nonce: string): StoredMessage | undefined {
    return state
      .messagesOf(channelId)
      .find(
        (message) =>
          message.nonce === nonce && message.authorId === WORLD.bot.id && now() - message.createdAt <= NONCE_MS,
      );
  }

  function post({ param, body, files }: ApiRequest): ReturnType<Route['handle']> {
    const channel = permissions.view(param('channel_id'));
    const { nonce, enforce_nonce, message_reference: wanted, ...parsed } = parseBody(channelMessageBody, body);
    permissions.checkSend(channel, { hasFiles: files.length > 0, isReply: wanted !== undefined });
    const earlier = enforce_nonce && nonce !== undefined ? findByNonce(channel.id, nonce) : undefined;
    if (earlier) return show(earlier);
    const target = wanted && findMessage(wanted.channel_id ?? channel.id, wanted.message_id);
    if (wanted && !target && wanted.fail_if_not_exists !== false) {
      throw refuseBody([{ path: ['message_reference'], code: 'REPLIES_UNKNOWN_MESSAGE', message: 'Unknown message' }]);
    }
    return show(
      messages.create(
        {
          channelId: channel.id,
          authorId: WORLD.bot.id,
          type: target ? MessageType.Reply : MessageType.Default,
          ...(nonce !== undefined && { nonce }),
          ...(target && {
            reference: {
              type: 0,
              channel_id: target.channelId,
              message_id: target.id,
              ...(channel.guildId && { guild_id: channel.guildId }),
            },
            alsoMentions:
              (parsed.allowed_mentions?.replied_user ?? parsed.allowed_mentions === undefined)
                ? target.authorId
                : undefined,
          }),
        },
        { body: parsed, files },
      ),
    );
  }

  function list({ param, query }: ApiRequest): ReturnType<Route['handle']> {
    const channel = permissions.view(param('channel_id'));
    permissions.checkHistory(channel);
    const { limit, before, after, around } = parseBody(listQuery, Object.fromEntries(query));
    const visible = state.messagesOf(channel.id).filter(({ forUserId }) => forUserId === undefined);
    const newestFirst = visible.toReversed();
    const page = () => {
      if (before !== undefined)
        return newestFirst.filter(({ id }) => compareSnowflakes(id, before) < 0).slice(0, limit);
      if (after !== undefined)
        return visible
          .filter(({ id }) => compareSnowflakes(id, after) > 0)
          .slice(0, limit)
          .reverse();
      if (around !== undefined) {
        const middle = newestFirst.findIndex(({ id }) => compareSnowflakes(id, around) <= 0);
        return newestFirst.slice(Math.max(0, middle - Math.floor(limit / 2))).slice(0, limit);
      }
      return newestFirst.slice(0, limit);
    };
    return { status: 200, body: page().map((message) => presenter.message(message)) };
  }

  return [
    {
      method: 'GET',
      template: '/channels/{channel_id}',
      access: 'bot',
      handle({ param }) {
        const channel = permissions.view(param('channel_id'));
        return { status: 200, body: presentChannel(channel, state.channelState(channel.id)) };
      },
    },
    { method: 'GET', template: '/channels/{channel_id}/messages', access: 'bot', handle: list },
    { method: 'POST', template: '/channels/{channel_id}/messages', access: 'bot', handle: post },
    {
      method: 'GET',
      template: '/channels/{channel_id}/messages/{message_id}',
      access: 'bot',
      handle(request) {
        permissions.checkHistory(permissions.view(request.param('channel_id')));
        return show(getMessage(request));
      },
    },
    {
      method: 'PATCH',
      template: '/channels/{channel_id}/messages/{message_id}',
      access: 'bot',
      handle(request) {
        permissions.view(request.param('channel_id'));
        const message = getMessage(request);
        if (message.authorId !== WORLD.bot.id) throw refuse('notYours');
        // While it says "thinking…" only its interaction's token can reach it.
        if (message.flags & MessageFlags.Loading) throw refuse('unknownMessage');
        const edited = messages.edit(message, { body: parseBody(messageBody, request.body), files: request.files });
        interactions.noteChange(edited);
        return show(edited);
      },
    },
    {
      method: 'DELETE',
      template: '/channels/{channel_id}/messages/{message_id}',
      access: 'bot',
      handle(request) {
        const channel = permissions.view(request.param('channel_id'));
        const message = getMessage(request);
        if (message.authorId !== WORLD.bot.id) permissions.checkManageMessages(channel);
        state.removeMessage(message);
        interactions.noteChange(message);
        return { status: 204 };
      },
    },
    {
      method: 'POST',
      template: '/users/@me/channels',
      access: 'bot',
      handle({ body }) {
        const { recipient_id } = parseBody(z.object({ recipient_id: snowflake }), body);
        const dm = Object.values(WORLD.channels.dm).find(({ recipientId }) => recipientId === recipient_id);
        if (!dm) throw refuse('invalidRecipients');
        return { status: 200, body: presentChannel(dm) };
      },
    },
    {
      method: 'POST',
      template: '/attachments/refresh-urls',
      access: 'bot',
      handle({ body }) {
        const { attachment_urls } = parseBody(z.object({ attachment_urls: z.array(z.url()).min(1).max(50) }), body);
        const refreshed_urls = attachment_urls.map((original) => ({ original, refreshed: refresh(original, signer) }));
        return { status: 200, body: { refreshed_urls } };
      },
    },
  ];
}

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  before: snowflake.optional(),
  after: snowflake.optional(),
  around: snowflake.optional(),
});

function refresh(original: string, { sign, origin }: UrlSigner): string {
  const { origin: from, pathname } = new URL(original);
  return from === origin && pathname.startsWith('/attachments/') ? sign(pathname) : original;
}
