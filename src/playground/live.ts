import type { LocalDiscord, LocalEvent } from './discord/local-discord.ts';
import type { Presenter } from './present.ts';
import type { Change, Frame, Snapshot } from './wire.ts';

interface LiveOptions {
  discord: LocalDiscord;
  present: Presenter;
  limits: Snapshot['limits'];
  /** Aborts when the server is about to stop. */
  closing: AbortSignal;
}

const DEFAULT_MESSAGES = 100;
const MOST_MESSAGES = 2_000;
/** Keeps whatever stands between from taking the stream for dead. */
const COMMENT_EVERY_MS = 20_000;

/**
 * One member's view of one channel as server-sent events: a snapshot first, then each change. Both are taken in one
 * turn, so nothing falls between them, and a page that reconnects begins with a snapshot again.
 */
export function streamEvents(request: Request, { discord, present, limits, closing }: LiveOptions): Response {
  const query = new URL(request.url).searchParams;
  const asked = present.place(query.get('member'), query.get('channel'));
  const member = asked.member ?? present.members[0];
  const visible = present.channels.filter(({ memberId = member?.id }) => memberId === member?.id);
  const channel = asked.channel ?? visible[0];
  if (member === undefined || channel === undefined) throw new Error('this guild is empty');
  const messages = Number(query.get('messages')) || DEFAULT_MESSAGES;
  const from = query.get('from') ?? undefined;

  const visibleIds = new Set(visible.map(({ id }) => id));
  const ended = AbortSignal.any([request.signal, closing]);
  const snapshot = () =>
    present.snapshot(member.id, channel.id, { most: Math.min(MOST_MESSAGES, messages), from }, limits);

  let stop = () => {};
  const body = new ReadableStream<string>({
    start(controller) {
      const send = (frame: Frame) => controller.enqueue(`data: ${JSON.stringify(frame)}\n\n`);
      const unsubscribe = discord.subscribe((event) => {
        if (event.type === 'reset' || event.type === 'channel-deleted') send(snapshot());
        else for (const change of changesOf(event)) send(change);
      });
      const comments = setInterval(() => controller.enqueue(':\n\n'), COMMENT_EVERY_MS);
      stop = () => {
        clearInterval(comments);
        unsubscribe();
        ended.removeEventListener('abort', end);
      };
      function end(): void {
        stop();
        if (!request.signal.aborted) send({ type: 'closing' });
        controller.close();
      }
      send(snapshot());
      if (ended.aborted) end();
      else ended.addEventListener('abort', end);
    },
    cancel: () => stop(),
  });
  return new Response(body.pipeThrough(new TextEncoderStream()), {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
  });

  function changesOf(event: LocalEvent): Change[] {
    switch (event.type) {
      case 'message-created':
      case 'message-updated':
      case 'message-deleted': {
        if (event.forUserId !== undefined && event.forUserId !== member?.id) return [];
        if (!visibleIds.has(event.channelId)) return [];
        if (event.channelId !== channel?.id) {
          return event.type === 'message-created' ? [{ type: 'elsewhere', channelId: event.channelId }] : [];
        }
        const message =
          event.type === 'message-deleted' ? undefined : discord.message(event.channelId, event.messageId);
        if (message === undefined) return [{ type: 'message-gone', messageId: event.messageId }];
        return [{ type: 'message', message: present.message(message, member?.id) }];
      }
      case 'interaction-updated': {
        const interaction = present.summary(event.interactionId);
        return interaction === undefined ? [] : [{ type: 'interaction', interaction }];
      }
      case 'commands-changed':
        return [{ type: 'commands', commands: discord.commandsFor(member?.id ?? '', channel?.id ?? '') }];
      case 'notices-changed':
        return [{ type: 'notices', notices: discord.notices }];
      case 'gateway-connected':
      case 'gateway-disconnected':
        return [{ type: 'bot', connected: event.connections > 0 }];
      case 'channel-deleted':
      case 'reset':
        return [];
    }
  }
}
